import {mountTypes} from '../../../src/spec/mount-options.ts';
import type {Mount} from '../../../src/spec/types.ts';
import {examples, statusWords} from '../../../src/cli/virt-sandbox-help.ts';
import {optionGroups} from '../../../src/spec/key.ts';
import {type OptionRow, optionTable} from '../../../src/cli/virt-sandbox-options.ts';
import type {ManPage, ManPart} from './roff.ts';

/** virt-sandbox(1), from the table of its options. */
export function virtSandboxPage(version: string): ManPage {
	const rows: readonly OptionRow[] = optionTable;
	const options = optionGroups.flatMap((group): ManPart[] => {
		const members = rows.filter((row) => row.group === group);
		return members.length === 0 ? [] : [{kind: 'subsection', text: group}, ...members.map(optionItem)];
	});
	return {
		name: 'virt-sandbox',
		summary: 'run a command in a sandbox of libvirt',
		version,
		parts: [
			{kind: 'section', text: 'Synopsis'},
			{kind: 'paragraph', text: 'virt-sandbox [OPTIONS] [--] COMMAND [ARGS…]'},
			{kind: 'paragraph', text: 'virt-sandbox --exec NAME [OPTIONS] [--] COMMAND [ARGS…]'},
			{kind: 'paragraph', text: 'virt-sandbox --clean'},
			{kind: 'section', text: 'Description'},
			{
				kind: 'paragraph',
				text: "Runs COMMAND in a container (libvirt's LXC driver) or a virtual machine (its QEMU driver) on a read-only view of this host, and passes on its input, output and exit status.",
			},
			{
				kind: 'paragraph',
				text: 'The command sees the files of the host, read-only; /tmp, /var/tmp, /run and /dev/shm are fresh and in memory. It runs as the user who calls, without a network, and has a terminal where standard input and standard output are one. What it may write to is mounted with --mount. It has the umask, nice value and limits of its caller.',
			},
			{
				kind: 'paragraph',
				text: 'Options end at the first word that is not an option, or at --. Short switches may be bundled; a value follows its letter or is the next word. A SIZE is a whole number with K, M, G or T, powers of 1024; without a unit it is bytes.',
			},
			{kind: 'section', text: 'Options'},
			...options,
			{kind: 'section', text: 'Mounts'},
			{
				kind: 'paragraph',
				text: 'A mount is TYPE:TARGET=SOURCE[,option…], or hide:PATH. TARGET is a path of the guest; a relative SOURCE starts at the present directory.',
			},
			...mountTypes.map((type): ManPart => ({kind: 'item', term: `${type}:${mountHelp[type][0]}`, texts: [mountHelp[type][1]]})),
			{kind: 'section', text: 'Exit status'},
			...statusWords.map(([status, text]): ManPart => ({kind: 'item', term: status, texts: [text]})),
			{kind: 'section', text: 'Examples'},
			...examples.flatMap(([line, explanation]): ManPart[] => [
				{kind: 'paragraph', text: `${explanation}:`},
				{kind: 'lines', lines: [line]},
			]),
			{kind: 'section', text: 'Environment'},
			{kind: 'item', term: 'LIBVIRT_DEFAULT_URI', texts: ['the connection where --connect names none']},
			{
				kind: 'item',
				term: 'XDG_RUNTIME_DIR',
				texts: ["where an ordinary user's running sandboxes keep their state; where it is not set: /run/user/UID, else below XDG_CACHE_HOME"],
			},
			{kind: 'section', text: 'Files'},
			{kind: 'item', term: '/run/virt-sandbox, $XDG_RUNTIME_DIR/virt-sandbox', texts: ['state of running sandboxes, of root and of others']},
			{kind: 'item', term: '/var/cache/virt-sandbox, $XDG_CACHE_HOME/virt-sandbox', texts: ['kernels that machines boot, of root and of others']},
			{kind: 'item', term: '/var/lib/virt-sandbox/journal', texts: ['which labels of host files are to be put back']},
			{kind: 'section', text: 'See also'},
			{kind: 'paragraph', text: 'virt-sandbox-shell(1), virsh(1)'},
		],
	};
}

/** What follows the type, and what it is. */
const mountHelp: Readonly<Record<Mount['type'], readonly [form: string, text: string]>> = {
	'host-bind': [
		'TARGET=SOURCE',
		'a file or directory of the host; an empty SOURCE is a temporary directory, deleted afterwards. Options: ro, rw, relabel=yes|no',
	],
	'host-image': [
		'TARGET=SOURCE',
		'a file system image of the host. Options: ro, rw, format= (default: raw), chain=yes (it may refer to other files), relabel=yes|no',
	],
	'guest-bind': ['TARGET=SOURCE', 'a path of the guest, seen at a second place. Options: ro, rw'],
	ram: ['TARGET=SIZE', 'a file system in memory. Options: ro, rw, mode=, uid=, gid='],
	overlay: ['TARGET=SOURCE', 'a directory of the host whose changes land in memory, or in upper=DIR; machines only'],
	hide: ['PATH', 'something empty and read-only in the place of a file or directory of the guest; host-bind:PATH=/dev/null is the same'],
};

function optionItem(row: OptionRow): ManPart {
	const long = `--${row.long}${row.value === undefined ? '' : ` ${row.value}`}`;
	const notes = [
		row.repeat === true ? 'may repeat' : undefined,
		row.excludes === undefined ? undefined : `not with ${row.excludes.map((name) => `--${name}`).join(', ')}`,
	];
	return {
		kind: 'item',
		term: row.short === undefined ? long : `-${row.short}, ${long}`,
		texts: [[row.help, ...notes.filter((note) => note !== undefined)].join('; ')],
	};
}
