import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import type {Caller} from '../host/caller.ts';
import {readRegularFile} from '../host/files/read-regular-file.ts';
import {replaceFile} from '../host/files/replace-file.ts';
import type {Voice} from '../types.ts';
import type {ContainerBasis, RunningContainer} from '../container/running-container.ts';

/** What a new keeper has to know of a container whose own was killed. */
export interface Basis {
	readonly plan: ContainerBasis;
	readonly caller: Caller;
	/** Of its start, since 1970. */
	readonly begunMs: number;
}

const pathOf = (statePath: string): string => join(statePath, 'basis');
const mostBytes = 16 * 1024 ** 2;

/** What of the caller's own environment is of use later: what commands get without being asked, and where that user has files. */
const usefulNames = /^(?:PATH|HOME|TERM|LANG|TZ|LC_\w+|XDG_\w+)$/;

/** Notes it beside the sandbox. For its owner alone: it has the values that were asked for. Where that fails the sandbox does without. */
export function writeBasis({plan, caller, state, name}: Pick<RunningContainer, 'plan' | 'caller' | 'state' | 'name'>, voice: Voice): void {
	try {
		replaceFile(pathOf(state.path), JSON.stringify(basisOf(plan, caller)));
	} catch (error) {
		const message = `If the keeper of '${name}' were killed, no other could take it over: what that would need cannot be written`;
		voice.notice('warning', 'no-takeover', message, String(error));
	}
}

function basisOf(plan: ContainerBasis, {environment: all, ...others}: Caller): WrittenBasis {
	const {spec, rootBase, account, environment, consoles, places, busybox} = plan;
	const {architecture, filter} = plan.program;
	const program = {architecture, filter: filter?.toString('base64')};
	const caller: Caller = {...others, environment: Object.fromEntries(Object.entries(all).filter(([name]) => usefulNames.test(name)))};
	return {plan: {spec, rootBase, account, environment, consoles, places, busybox, program}, caller, begunMs: Date.now()};
}

/** Rejects where there is none: another version, which noted nothing, began the sandbox. */
export function readBasis(statePath: string): Basis {
	try {
		const {plan, ...rest} = JSON.parse(readRegularFile(pathOf(statePath), {most: mostBytes, isOurs: true}).toString()) as WrittenBasis;
		const {architecture, filter} = plan.program;
		if (!Array.isArray(plan.places)) throw new TypeError('it does not say what is mounted where');
		return {...rest, plan: {...plan, program: {architecture, filter: filter === undefined ? undefined : Buffer.from(filter, 'base64')}}};
	} catch (cause) {
		throw new ShellError('unavailable', 'The sandbox has nothing by which another process could keep it', {hint: '`stop` or `destroy` ends it', cause});
	}
}

type WrittenBasis = Omit<Basis, 'plan'> & {
	readonly plan: Omit<ContainerBasis, 'program'> & {readonly program: Omit<ContainerBasis['program'], 'filter'> & {readonly filter: string | undefined}};
};
