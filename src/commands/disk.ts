import {diskOptions, parseDisk} from '../spec/parse/parse-disk.ts';
import {defineCommand, repeated, rest} from './command.ts';
import {changeItems, checkEach, editDefinition, showItems} from './edit-definition.ts';
import {completePath, text} from './kinds.ts';

export const disk = defineCommand({
	name: 'disk',
	group: 'parts',
	summary: 'Give the sandbox a disk image, or list its disks',
	description:
		'The disk is /dev/disk/by-tag/TAG in the sandbox. Options: ro, rw, format= (default: raw; it is never guessed), chain=yes (the image may refer to other files, such as a backing file).',
	params: {
		disks: rest(
			text('file:TAG=SOURCE[,OPTION...]', async (prefix, context) => {
				const start = prefix.indexOf('=') + 1;
				if (start === 0) {
					return [{text: 'file:', description: 'a file of the host; then TAG=SOURCE', partial: true}];
				}
				const comma = prefix.lastIndexOf(',');
				if (comma > start) {
					return diskOptions.map((option) => ({
						text: `${prefix.slice(0, comma + 1)}${option}`,
						description: 'option',
						partial: option.endsWith('='),
					}));
				}
				return completePath(prefix, start, context);
			}),
			'the disk; left out: lists the disks',
		),
		remove: repeated(
			text('TAG', (_prefix, {spec}) => (spec?.disks ?? []).map(({tag, source}) => ({text: tag, description: source}))),
			'take this disk away',
		),
	},
	examples: [
		['new web; disk file:data=/var/lib/data.qcow2,format=qcow2', 'adds an image with the tag data'],
		['new web; disk file:data=/var/lib/data.img,ro; disk --remove data', 'takes it away again'],
		['new web; disk', 'lists the disks'],
	],
	check({disks}) {
		checkEach('disks', disks, (word) => parseDisk(word, '/'));
	},
	async *run({disks, remove}, context) {
		if (disks.length + remove.length === 0) {
			yield* showItems(context, 'disk', 'tag');
			return;
		}
		yield* editDefinition(context, (spec) => {
			const add = disks.map((word) => parseDisk(word, context.host.directory()));
			return {...spec, disks: changeItems(spec.disks, {identity: ({tag}) => tag, what: 'disk', remove, add})};
		});
	},
});
