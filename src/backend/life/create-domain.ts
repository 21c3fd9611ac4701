import {setTimeout as wait} from 'node:timers/promises';
import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {writeOwnerRecord, type OwnerRecord, type StateDirectory} from '../guest/state-directory.ts';
import type {StartOptions} from '../types.ts';
import type {Link} from './link.ts';

/** How long a name that is just going may stand in the way, and between two tries. */
const nameMs = 2000;
const stepMs = 50;

export interface CreateContext {
	readonly link: Link;
	readonly record: OwnerRecord;
	readonly options: Pick<StartOptions, 'onXml' | 'signal'>;
	/** The domain's XML under a name; what else is to bear the name is written before that. */
	readonly writeXml: (name: string) => string;
}

/** Creates the domain under its name, or the first `sandbox-N` that is free; gives the name. */
export async function createDomain(spec: SandboxSpec, state: StateDirectory, {link, record, options, writeXml}: CreateContext): Promise<string> {
	const until = performance.now() + nameMs;
	const tried = new Set<string>();
	for (;;) {
		const name = spec.name ?? freeName(await link.listNames(), tried);
		const xml = writeXml(name);
		writeOwnerRecord(state.path, {...record, name});
		options.onXml?.(xml);
		if (await link.create(xml, spec.lifetime === 'client')) {
			return name;
		}
		tried.add(name);
		if (spec.name !== undefined) {
			if (performance.now() > until) {
				throw new ShellError('refused', `A domain named '${name}' exists already`, {hint: 'Choose another --name, or stop that one'});
			}
			await wait(stepMs);
		}
		options.signal?.throwIfAborted();
	}
}

function freeName(taken: ReadonlySet<string>, tried: ReadonlySet<string>): string {
	for (let number = 1; ; number++) {
		const name = `sandbox-${number}`;
		if (!taken.has(name) && !tried.has(name)) {
			return name;
		}
	}
}
