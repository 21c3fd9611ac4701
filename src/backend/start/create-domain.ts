import {dirname} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {writeOwnerRecord, type OwnerRecord, type StateDirectory} from '../guest/state/state-directory.ts';
import type {PassedDescriptors} from '../libvirt/index.ts';
import type {StartOptions} from '../types.ts';
import {namesElsewhere} from '../session/find-sandbox.ts';
import {createInTime} from './create-unanswered.ts';
import {creatingBy, type Link} from './link.ts';

/** How long a name that is just going may stand in the way, and between two tries. */
const nameMs = 2000;
const stepMs = 50;

interface CreateContext {
	readonly link: Link;
	readonly record: OwnerRecord;
	readonly options: Pick<StartOptions, 'onXml' | 'signal' | 'accept' | 'voice'>;
	/** The domain's XML under a name; what else is to bear the name is written before that. */
	readonly writeXml: (name: string) => string;
	/** The names that were taken a moment ago, for the first try without one. */
	readonly taken?: Promise<ReadonlySet<string>> | undefined;
	/** What its first process gets of ours. */
	readonly descriptors?: PassedDescriptors | undefined;
	/** libvirt is being asked: what it does not need can be made meanwhile. For each name that is tried. */
	readonly onAsked?: () => void;
}

/** Creates the domain under its name, or the first `sandbox-N` that is free (of many that start at once, one of the first); gives the name. */
export function createDomain(spec: SandboxSpec, state: StateDirectory, context: CreateContext): Promise<string> {
	return createInTime(tryNames(spec, state, context), spec.limits.timeoutMs);
}

async function tryNames(
	spec: SandboxSpec,
	state: StateDirectory,
	{link: plain, record, options, writeXml, taken, descriptors, onAsked}: CreateContext,
): Promise<string> {
	const link = startNetworks(plain, record.uri, options);
	if (spec.networks.some(({filter}) => filter !== undefined)) await (await import('./require-filters.ts')).requireFilters(spec, link, record.uri);
	const until = clockMs() + nameMs;
	const tried = new Set<string>();
	for (;;) {
		const isFirst = tried.size === 0;
		const listNames = (): Promise<ReadonlySet<string>> => (isFirst ? taken : undefined) ?? link.listNames();
		const name = spec.name ?? freeName(new Set([...(await listNames()), ...namesElsewhere(dirname(state.path), record.uri)]), tried, Math.random());
		const xml = writeXml(name);
		writeOwnerRecord(state.path, {...record, name});
		options.onXml?.(xml);
		const creating = link.create(xml, {autodestroy: spec.lifetime === 'client'}, descriptors);
		onAsked?.();
		if (await creating) return name;
		if (spec.name !== undefined && isFirst) {
			const {freeLeftoverNames} = await import('../clean-up/leftover-domains.ts');
			await freeLeftoverNames(link.connection, dirname(state.path), name);
		}
		tried.add(name);
		if (spec.name !== undefined) {
			const {isNameGoing} = await import('../clean-up/leftover-domains.ts');
			if (clockMs() > until || !(await isNameGoing(link.connection, name))) {
				throw new ShellError('refused', `A domain named '${name}' exists already`, {hint: 'Choose another --name, or stop that one'});
			}
			await wait(stepMs);
		}
		options.signal?.throwIfAborted();
	}
}

/** A link whose creates start a network that is not active, where that is ours to do. */
function startNetworks(link: Link, uri: string, {accept, signal, voice}: CreateContext['options']): Link {
	return creatingBy(link, async (create) => {
		try {
			return await create();
		} catch (error) {
			const [{startIdleNetwork}, {explainLibvirtError}] = await Promise.all([
				import('./start-network.ts'),
				import('../host/libvirtd/explain-libvirt-error.ts'),
			]);
			const starting = startIdleNetwork(error, {connection: link.connection, uri, accept, signal, voice});
			if (!(await starting.catch((fault: unknown) => Promise.reject(explainLibvirtError(fault, uri))))) throw error;
			return create();
		}
	});
}

/** How many free names are chosen from at most. */
const widest = 512;

/**
 * The first `sandbox-N` that is neither taken nor tried. Whoever met others on the way chooses among four times as many each time
 * (`chance`: from 0 to below 1): a hundred that all wanted the same name again and again took fourteen tries each.
 */
export function freeName(taken: ReadonlySet<string>, tried: ReadonlySet<string>, chance: number): string {
	let skip = Math.floor(chance * Math.min(widest, 4 ** tried.size));
	for (let number = 1; ; number++) {
		const name = `sandbox-${number}`;
		if (!taken.has(name) && !tried.has(name) && skip-- === 0) return name;
	}
}
