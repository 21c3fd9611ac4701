import type {SessionPlan} from '../guest/command-file.ts';
import {makeEndMark} from '../guest/end-mark.ts';
import type {StartOptions} from '../types.ts';
import type {SessionGround} from './running-sandbox.ts';
import {usualSize} from './usual-size.ts';

/** The first session of a sandbox: its command. */
export function planFirstSession(plan: SessionGround, {caller, size, isOneOutput = false}: Pick<StartOptions, 'caller' | 'size' | 'isOneOutput'>): SessionPlan {
	const {spec, account, environment, program} = plan;
	const {uid, gid, groups} = account;
	const home = environment['HOME'] ?? '/';
	const tty = plan.consoles.command;
	return {
		number: 0,
		words: spec.command,
		environment,
		directories: spec.cwd === undefined ? [caller.cwd, home] : [spec.cwd],
		directoryRequired: spec.cwd !== undefined,
		identity: {uid, gid, groups},
		terminal: tty === undefined ? undefined : {tty, mark: makeEndMark(), ...(size ?? usualSize)},
		isOneOutput,
		bounds: caller.bounds,
		program,
	};
}
