import {mountOptions, mountTypes} from '../spec/mount-options.ts';
import {parseMount} from '../spec/parse/parse-mount.ts';
import {parseGuestPath} from '../spec/paths.ts';
import type {Mount} from '../spec/types.ts';
import {mountProblem} from '../spec/validate-spec.ts';
import {defineCommand, rest, type Kind} from './command.ts';
import type {Candidate, CompletionContext} from './completion.ts';
import {changeItems, checkEach, editDefinition, showItems} from './edit-definition.ts';
import {completePath, text} from './kinds.ts';

const explanations: Readonly<Record<Mount['type'], string>> = {
	'host-bind': 'a directory or file of the host',
	'host-image': 'a file system image of the host',
	'guest-bind': 'a path of the sandbox at a second place',
	ram: 'an empty file system in memory',
	overlay: 'a directory of the host; changes go elsewhere',
	hide: 'something empty in the place of a file or directory',
};

/** The type, then the target's path, then the source's, then options. */
async function completeMount(prefix: string, context: CompletionContext): Promise<Iterable<Candidate>> {
	const type = mountTypes.find((each) => prefix.startsWith(`${each}:`));
	if (type === undefined) {
		return mountTypes.map((each) => ({text: `${each}:`, description: explanations[each], partial: true}));
	}
	const equals = type === 'hide' ? -1 : prefix.indexOf('=');
	const comma = prefix.lastIndexOf(',');
	if (comma > equals && equals !== -1) {
		return mountOptions(type).map((option) => ({text: `${prefix.slice(0, comma + 1)}${option}`, description: 'option', partial: option.endsWith('=')}));
	}
	if (equals !== -1 && type === 'ram') {
		return ['16M', '64M', '256M', '1G'].map((size) => ({text: `${prefix.slice(0, equals + 1)}${size}`, description: 'size'}));
	}
	const start = equals === -1 ? type.length + 1 : equals + 1;
	return completePath(prefix, start, context, equals === -1 && type !== 'hide');
}

const mountItem = {identity: ({target}: Mount) => target, what: 'mount on'};

export const mount = defineCommand({
	name: 'mount',
	group: 'parts',
	summary: 'Mount something in the sandbox, or list its mounts',
	description:
		'TYPE is host-bind (a host path; empty: a temporary directory), host-image, guest-bind, ram (SOURCE is a size) or overlay; hide:PATH puts something empty and read-only in the place of a file or directory. Options: ro, rw, format= (of an image; default: raw), chain=yes (an image may refer to other files), relabel=yes|no (of a host-bind), uid=, gid=, mode=, upper=DIR. A mount on a target that has one takes its place.',
	params: {mounts: rest(text('TYPE:TARGET=SOURCE[,OPTION...]', completeMount), 'what to mount; left out: lists the mounts')},
	examples: [
		['new web; mount ram:/scratch=64M', 'an empty file system of 64 MiB on /scratch'],
		['new web; mount host-bind:/srv=/srv,ro', "the host's /srv, read-only"],
		['new web; mount host-bind:/root=', 'a temporary directory on /root'],
		['new web; mount overlay:/etc=/etc', '/etc can be written; the host does not see it'],
		['new web; mount hide:/etc/shadow', 'an empty file in its place'],
		['new web; mount', 'lists the mounts'],
	],
	check({mounts}) {
		checkEach('mounts', mounts, (text) => {
			const problem = mountProblem(parseMount(text, '/'));
			if (problem !== undefined) {
				throw problem;
			}
		});
	},
	async *run({mounts}, context) {
		if (mounts.length === 0) {
			yield* showItems(context, 'mount', 'target');
			return;
		}
		const parsed = mounts.map((text) => parseMount(text, context.host.directory()));
		yield* editDefinition(context, (spec) => ({...spec, mounts: changeItems(spec.mounts, {...mountItem, add: parsed})}));
	},
});

const target: Kind<string> = {
	placeholder: 'TARGET',
	parse: (text) => parseGuestPath(text, 'mount target'),
	complete: (_prefix, {spec}) => (spec?.mounts ?? []).map(({target: text, type}) => ({text, description: type})),
};

export const umount = defineCommand({
	name: 'umount',
	group: 'parts',
	summary: 'Take mounts out of the definition',
	params: {targets: rest(target, 'where it is mounted', {least: 1})},
	examples: [['new web; mount ram:/scratch=64M; umount /scratch', 'nothing is mounted on /scratch any more']],
	async *run({targets}, context) {
		yield* editDefinition(context, (spec) => ({...spec, mounts: changeItems(spec.mounts, {...mountItem, remove: targets})}));
	},
});
