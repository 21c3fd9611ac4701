import type {Caller} from '../../src/backend/host/caller.ts';
import type {StartOptions} from '../../src/backend/types.ts';

/** Root, with an environment of which most must not get into a sandbox. */
export const rootCaller: Caller = {
	uid: 0,
	gid: 0,
	groups: [],
	cwd: '/',
	environment: {PATH: '/usr/sbin:/usr/bin', HOME: '/root', LANG: 'C.UTF-8', SECRET: 'stays at home'},
	pid: process.pid,
};

export const silentVoice: StartOptions['voice'] = {notice: () => undefined, phase: () => undefined};
