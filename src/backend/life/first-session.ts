import type {SessionPlan} from '../guest/command-file.ts';
import {makeEndMark} from '../guest/end-mark.ts';
import type {StartOptions} from '../types.ts';
import type {SessionGround} from './running-sandbox.ts';
import {usualSize} from './usual-size.ts';

/** The first session of a sandbox: its command. `hold`: it waits until the control FIFOs have no names, which it could open. */
export function planFirstSession(plan: SessionGround, {caller, size}: Pick<StartOptions, 'caller' | 'size'>, hold: boolean): SessionPlan {
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
		hold,
		program,
	};
}
