import {commonUris} from '../spec/single-keys.ts';
import {findKey, keys} from '../spec/keys.ts';
import type {Key} from '../spec/key.ts';
import type {Kind} from './command.ts';
import type {Candidate, CompletionContext} from './completion.ts';
import {completePath, text} from './kinds.ts';

/** A key of a definition. */
export const key: Kind<Key> = {
	placeholder: 'KEY',
	parse: findKey,
	complete: () => keys.map(({name, help}) => ({text: name, description: help})),
};

/** The words after a key; completes what the key takes. */
export const keyValue = text('VALUE', (prefix, context) => {
	const named = keys.find(({name, aliases}) => name === context.words[0] || aliases.includes(context.words[0] ?? ''));
	return named === undefined ? [] : valuesOf(named, prefix, context);
});

/** What may be written as the value of a key. */
export function valuesOf(named: Key, prefix: string, context: CompletionContext): Iterable<Candidate> | Promise<Iterable<Candidate>> {
	switch (named.values.kind) {
		case 'choice':
			return wordsOf(named.values.words);
		case 'choice-or-path': {
			const words = wordsOf(named.values.words);
			return completePath(prefix, 0, context).then((paths) => [...words, ...paths]);
		}
		case 'uri':
			return commonUris.map((text) => ({text, description: 'libvirt connection'}));
		case 'user':
			return [
				{text: 'caller', description: 'who started this program'},
				{text: 'root', description: 'stay root in the sandbox'},
			];
		case 'host-path':
		case 'sandbox-path':
			return completePath(prefix, 0, context);
		case 'words':
			return named.name === 'command' ? completePath(prefix, 0, context) : [];
		case 'kernel-version':
			return context
				.listDirectory('/lib/modules')
				.then((names) => names.map((name) => ({text: name.replace(/\/$/, ''), description: 'kernel with modules'})));
		case 'word':
			return [];
	}
}

function wordsOf(words: Readonly<Record<string, string>>): Candidate[] {
	return Object.entries(words).map(([text, description]) => ({text, description}));
}
