import {parseInclude} from '../spec/parse/parse-include.ts';
import {parseGuestPath} from '../spec/paths.ts';
import {defineCommand, repeated, rest} from './command.ts';
import {changeItems, checkEach, editDefinition, showItems} from './edit-definition.ts';
import {completePath, text} from './kinds.ts';

export const include = defineCommand({
	name: 'include',
	group: 'parts',
	summary: 'Copy files of the host in, or list what is copied',
	description: 'Copies a file or directory of the host to a path below a mount that can be written, before the command starts.',
	params: {
		includes: rest(
			text('GUEST=HOST', (prefix, context) => {
				const start = prefix.indexOf('=') + 1;
				return completePath(prefix, start, context, start === 0);
			}),
			'what to copy where; left out: lists the includes',
		),
		remove: repeated(
			text('GUEST', (_prefix, {spec}) => (spec?.includes ?? []).map(({guest, host}) => ({text: guest, description: `from ${host}`}))),
			'copy nothing there any more',
		),
	},
	examples: [
		['new web; mount ram:/etc/web=1M; include /etc/web/hosts=/etc/hosts', 'puts a copy of /etc/hosts there'],
		['new web; include /tmp/h=/etc/hosts; include --remove /tmp/h', 'copies nothing after all'],
		['new web; include', 'lists the includes'],
	],
	check({includes, remove}) {
		checkEach('includes', includes, (word) => parseInclude(word, '/'));
		checkEach('remove', remove, (word) => parseGuestPath(word, 'include target'));
	},
	async *run({includes, remove}, context) {
		if (includes.length + remove.length === 0) {
			yield* showItems(context, 'include', 'target');
			return;
		}
		yield* editDefinition(context, (spec) => {
			const add = includes.map((word) => parseInclude(word, context.host.directory()));
			return {...spec, includes: changeItems(spec.includes, {identity: ({guest}) => guest, what: 'include to', remove, add})};
		});
	},
});
