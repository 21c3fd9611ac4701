import type {Change} from '../core/output.ts';
import type {Key} from './key.ts';
import {keys} from './keys.ts';
import type {SandboxSpec} from './types.ts';

/** The path of one item of a key with many: `mount /tmp`, `env HOME`, `network 1`. */
function itemPath(key: Key, spec: SandboxSpec, index: number): string {
	const item = key.aliases[0] ?? key.name;
	switch (key.name) {
		case 'mounts':
			return `${item} ${spec.mounts[index]?.target ?? index + 1}`;
		case 'includes':
			return `${item} ${spec.includes[index]?.guest ?? index + 1}`;
		case 'disks':
			return `${item} ${spec.disks[index]?.tag ?? index + 1}`;
		case 'environment':
			return `${item} ${Object.keys(spec.environment)[index] ?? index + 1}`;
		default:
			return `${item} ${index + 1}`;
	}
}

/** What is set of a key: path and text of each item. A command is one text, its words quoted by `quote`. */
export function itemsOf(key: Key, spec: SandboxSpec, quote: (word: string) => string): ReadonlyArray<readonly [path: string, text: string]> {
	const words = key.get(spec);
	if (words === undefined) return [];
	if (key.many && key.name !== 'command') return words.map((word, index) => [itemPath(key, spec, index), word]);
	return [[key.name, key.many ? words.map(quote).join(' ') : (words[0] ?? '')]];
}

/** Everything that is set in a spec: path → the text that sets it. */
export function setItems(spec: SandboxSpec, quote: (word: string) => string): ReadonlyMap<string, string> {
	return new Map(keys.flatMap((key) => itemsOf(key, spec, quote)));
}

/** What a sandbox that runs cannot take on, not even by a new start. */
const identities: readonly string[] = ['name', 'backend', 'uri', 'lifetime'];

/** What differs between two specs, in the order of the keys, and when a sandbox that runs by the first takes it on. */
export function compareItems(from: SandboxSpec, to: SandboxSpec, quote: (word: string) => string): readonly Change[] {
	const before = setItems(from, quote);
	const after = setItems(to, quote);
	return [...new Set([...before.keys(), ...after.keys()])]
		.map((path): Change => {
			const effect = identities.includes(path) ? 'new sandbox' : 'next start';
			return {path, from: before.get(path) ?? null, to: after.get(path) ?? null, effect};
		})
		.filter((change) => change.from !== change.to);
}
