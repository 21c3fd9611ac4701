import {findHostLabels, type HostLabels} from '../labels/host-labels.ts';
import {readMountTable, type HostMount} from './mount-table.ts';
import {identifyProcess, type ProcessIdentity} from './process-identity.ts';
import {findHostTools, type HostTools} from './tools.ts';
import {readAccountFiles, type AccountFiles} from './users.ts';

/** What a plan reads of this host, each part on its first use and then no more: whoever plans often keeps one for as long as it may be out of date. */
export interface HostFacts {
	mountTable(): readonly HostMount[];
	tools(): HostTools;
	/** Who is who below a root directory; '' is the host's. */
	accounts(root: string): AccountFiles;
	/** This process. */
	self(): ProcessIdentity | undefined;
	labels(): HostLabels;
}

/** Facts of this moment; nothing is read yet. */
export function openHostFacts(): HostFacts {
	const accounts = new Map<string, AccountFiles>();
	return {
		mountTable: once(() => readMountTable()),
		tools: once(findHostTools),
		accounts(root) {
			const known = accounts.get(root) ?? readAccountFiles(root);
			accounts.set(root, known);
			return known;
		},
		self: once(() => identifyProcess('self')),
		labels: once(() => findHostLabels()),
	};
}

function once<Value>(read: () => Value): () => Value {
	let known: {readonly value: Value} | undefined;
	return () => (known ??= {value: read()}).value;
}
