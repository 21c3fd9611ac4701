import type {SessionPlan} from '../guest/command-file.ts';
import {makeEndMark} from '../guest/streams/end-mark.ts';
import type {StartOptions} from '../types.ts';
import {usualSize} from '../types.ts';
import {planDirectory} from './plan-directory.ts';
import type {SessionBasis} from './running-sandbox.ts';

/** The first session of a sandbox: its command. */
export function planFirstSession(plan: SessionBasis, {caller, size, isOneOutput = false}: Pick<StartOptions, 'caller' | 'size' | 'isOneOutput'>): SessionPlan {
	const {spec, account, environment, program} = plan;
	const {uid, gid, groups} = account;
	const tty = plan.consoles.command;
	return {
		number: 0,
		words: spec.command,
		environment,
		...planDirectory(plan, spec.cwd, {caller: caller.cwd, home: environment['HOME'], user: caller.uid}),
		identity: {uid, gid, groups},
		streamsOwner: uid,
		terminal: tty === undefined ? undefined : {tty, mark: makeEndMark(), ...(size ?? usualSize)},
		isOneOutput,
		isHeld: spec.lifetime === 'keep',
		bounds: caller.bounds,
		program,
	};
}
