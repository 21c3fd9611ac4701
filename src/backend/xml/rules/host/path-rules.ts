import {basename, dirname, parse} from 'node:path';
import {nearestWord} from '../../../../core/nearest-word.ts';
import type {ScannedElement} from '../../scan/scanned.ts';
import type {DocumentHost, PathKind} from '../document-host.ts';
import {attributeOf, integerOf, textIn, valueOf} from '../domain-view.ts';
import {both, containers, machines, type Flaw, type HostRule} from '../rule.ts';

const words: Readonly<Record<Exclude<PathKind, 'unknown'>, string>> = {
	file: 'a file',
	directory: 'a directory',
	block: 'a block device',
	character: 'a character device',
	other: 'no file',
	nothing: 'not there',
};

/** Files, directories and devices that a document names. */
export const pathRules: readonly HostRule[] = [
	{
		id: 'boot-file-missing',
		drivers: machines,
		level: 'error',
		about: 'The kernel, the initrd, the device tree and the loader are files of the host.',
		async *find({all}, host) {
			const texts = ['kernel', 'initrd', 'dtb', 'loader']
				.flatMap((name) => all(`os/${name}`))
				.map((at) => ({at, attribute: undefined, path: textIn(at)}));
			const templates = all('os/nvram').map((at) => ({at, attribute: 'template', path: valueOf(at, 'template') ?? ''}));
			for (const {at, attribute, path} of [...texts, ...templates]) {
				if (!path.startsWith('/')) continue;
				const kind = await host.kindOf(path);
				if (kind === 'file' || kind === 'unknown') continue;
				const near = kind === 'nothing' ? await nearPath(path, host) : undefined;
				const message = kind === 'nothing' ? `There is no '${path}'` : `'${path}' is ${words[kind]}`;
				yield {
					at,
					attribute,
					// Firmware comes with a package.
					...(kind === 'nothing' && near === undefined && path.startsWith('/usr/share/') && {level: 'warning'}),
					culprit: basename(path),
					message,
					cure: near ?? `a file that is there`,
				};
			}
		},
	},
	{
		id: 'mount-source-missing',
		drivers: both,
		level: 'error',
		about: 'What a filesystem is made of is there, and is what its type says.',
		async *find({all}, host) {
			const wanted: ReadonlyMap<string, readonly [attribute: string, kinds: readonly PathKind[]]> = new Map([
				['mount', ['dir', ['directory']]],
				['bind', ['dir', ['directory', 'file']]],
				['file', ['file', ['file']]],
				['block', ['dev', ['block']]],
			]);
			for (const source of all('devices/filesystem/source')) {
				const [attribute = '', kinds = []] = wanted.get(valueOf(source.parent, 'type') ?? 'mount') ?? [];
				yield* missingPath({at: source, attribute, kinds}, host);
			}
		},
	},
	{
		id: 'disk-source-not-there',
		drivers: machines,
		level: 'error',
		about: 'The image or the device of a disk is there.',
		async *find({all}, host) {
			const wanted: ReadonlyMap<string | undefined, readonly [attribute: string, kinds: readonly PathKind[]]> = new Map([
				['file', ['file', ['file', 'block']]],
				['block', ['dev', ['block']]],
				['dir', ['dir', ['directory']]],
			]);
			for (const source of all('devices/disk/source')) {
				const found = wanted.get(valueOf(source.parent, 'type') ?? 'file');
				if (found === undefined || valueOf(source, 'startupPolicy') === 'optional') continue;
				const [attribute, kinds] = found;
				// An image may be made, and a disk plugged in, before the start.
				yield* missingPath({at: source, attribute, kinds, level: 'warning'}, host);
			}
		},
	},
	{
		id: 'node-of-device-missing',
		drivers: containers,
		level: 'error',
		about: 'A device node that a container is given is there.',
		async *find({all}, host) {
			for (const [name, kind] of [
				['char', 'character'],
				['block', 'block'],
			] as const) {
				for (const node of all(`devices/hostdev/source/${name}`)) {
					const path = textIn(node);
					const found = path.startsWith('/') ? await host.kindOf(path) : 'unknown';
					if (found === kind || found === 'unknown') continue;
					yield {at: node, message: found === 'nothing' ? `There is no '${path}'` : `'${path}' is ${words[found]}`, cure: 'a device that is there'};
				}
			}
		},
	},
	{
		id: 'host-device-missing',
		drivers: machines,
		level: 'warning',
		about: 'A PCI device that is passed on is there.',
		async *find({all}, host) {
			for (const address of all('devices/hostdev/source/address')) {
				if (valueOf(address.parent?.parent, 'type') !== 'pci') continue;
				const [domain, bus, slot, part] = ['domain', 'bus', 'slot', 'function'].map((name) => (integerOf(valueOf(address, name)) ?? 0).toString(16));
				const name = `${domain?.padStart(4, '0')}:${bus?.padStart(2, '0')}:${slot?.padStart(2, '0')}.${part}`;
				if ((await host.kindOf(`/sys/bus/pci/devices/${name}`)) !== 'nothing') continue;
				yield {at: address, message: `The host has no PCI device ${name}`, cure: 'one that lspci -D tells'};
			}
		},
	},
];

interface Wanted {
	readonly at: ScannedElement;
	readonly attribute: string;
	readonly kinds: readonly PathKind[];
	/** Where there is nothing. */
	readonly level?: Flaw['level'];
}

async function* missingPath({at, attribute, kinds, level}: Wanted, host: DocumentHost): AsyncGenerator<Flaw> {
	const path = attributeOf(at, attribute)?.value;
	if (path?.startsWith('/') !== true) return;
	const kind = await host.kindOf(path);
	if (kind === 'unknown' || kinds.includes(kind)) return;
	const near = kind === 'nothing' ? await nearPath(path, host) : undefined;
	const message = kind === 'nothing' ? `There is no '${path}'` : `'${path}' is ${words[kind]}`;
	const right = kinds.flatMap((each) => (each === 'unknown' ? [] : [words[each]])).join(' or ');
	yield {
		at,
		attribute,
		...(kind === 'nothing' && {level}),
		message,
		cure: near === undefined ? `${right} that is there` : `make it, or is ${near} meant?`,
	};
}

/** A path that is there, and differs in its last name alone. */
async function nearPath(path: string, host: DocumentHost): Promise<string | undefined> {
	const directory = dirname(path);
	const {name, ext} = parse(path);
	// The same ending makes no two names alike.
	const others = ((await host.namesIn(directory)) ?? []).flatMap((each) => (each.endsWith(ext) ? each.slice(0, each.length - ext.length) : []));
	const near = nearestWord(name, others);
	return near === undefined ? undefined : `${directory === '/' ? '' : directory}/${near}${ext}`;
}
