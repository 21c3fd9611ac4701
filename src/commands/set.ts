import {defaultSpec} from '../spec/default-spec.ts';
import {isUriAlias} from '../spec/parse/parse-uri.ts';
import {defineCommand, required, rest, WrongArgument} from './command.ts';
import {renameDefinition} from './definitions.ts';
import {checkArgument, checkEach, editDefinition} from './edit-definition.ts';
import {key, keyValue} from './key-kinds.ts';

export const set = defineCommand({
	name: 'set',
	group: 'definition',
	summary: 'Set a value of the current definition',
	description:
		"Sets one key. After the key all words are the value: 'set command' takes the rest of the line as the words of the command, and a key with several items (mounts, networks, …) all of them. 'show' lists the keys.",
	params: {
		key: required(key, 'what to set'),
		value: rest(keyValue, 'the value; several words for command and for lists', {raw: true}),
	},
	examples: [
		['new web; set memory 256M', 'gives web 256 MiB of memory'],
		["new web; set command /bin/sh -c 'echo hi; sleep 1'", 'sets the command, word by word'],
		['new web; set lifetime keep', 'lets web run on after this session'],
	],
	check({key, value}) {
		// Which aliases there are is known when it runs.
		if (key.values.kind === 'uri' && value.length === 1 && isUriAlias(value[0] ?? '')) return;
		const read = (words: readonly string[]) => key.set(defaultSpec, words, '/');
		if (key.many && key.name !== 'command' && value.length > 0) {
			checkEach('value', value, (word) => read([word]));
			return;
		}
		checkArgument('value', () => read(value));
	},
	async *run({key, value}, context) {
		if (key.name === 'name') {
			yield* renameDefinition(context, undefined, value[0] ?? '');
			return;
		}
		const words = key.values.kind === 'uri' ? await Promise.all(value.map((word) => context.sandboxes.resolveUri(word))) : value;
		yield* editDefinition(context, (spec) => key.set(spec, words, context.host.directory()));
	},
});

export const unset = defineCommand({
	name: 'unset',
	group: 'definition',
	summary: 'Set values of the current definition back to their default',
	params: {keys: rest(key, 'what to unset', {least: 1})},
	examples: [
		['new web; set memory 1G; unset memory', 'the memory is 512 MiB again'],
		['new web; mount ram:/scratch=64M; unset mounts', 'takes all mounts away'],
	],
	check({keys}) {
		const index = keys.findIndex(({name}) => name === 'name');
		if (index !== -1) {
			throw new WrongArgument('keys', 'A definition always has a name', "Give it another with 'rename'.", index);
		}
	},
	async *run({keys}, context) {
		yield* editDefinition(context, (spec) => keys.reduce((changed, each) => each.unset(changed), spec));
	},
});
