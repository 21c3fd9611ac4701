import {accessSync, constants, lstatSync, type Stats} from 'node:fs';
import {ShellError} from '../../../core/errors.ts';
import {mountOptions} from '../../../spec/mount-options.ts';
import {isWithin} from '../../../spec/paths.ts';
import type {Hide, HostImage, Mount} from '../../../spec/types.ts';
import {notSeen} from '../../host/files/not-seen.ts';
import type {HostMount} from '../../host/mounts/mount-table.ts';
import {checkImage} from '../image/check-image.ts';
import {findFileSystems} from '../image/file-systems.ts';

/** What lies at a path, in a word for people. */
export type FileKind = 'directory' | 'file' | 'named pipe' | 'socket' | 'block device' | 'character device' | 'symbolic link';

/** What the host has at a place; undefined: nothing. */
export function kindOfFile(place: string): FileKind | undefined {
	try {
		return kindOf(lstatSync(place));
	} catch {
		return undefined;
	}
}

/** What lies where something was looked at. */
export function kindOf(stats: Stats): FileKind;
export function kindOf(stats: Stats | undefined): FileKind | undefined;
export function kindOf(stats: Stats | undefined): FileKind | undefined {
	if (stats === undefined) return undefined;
	if (stats.isDirectory()) return 'directory';
	if (stats.isSymbolicLink()) return 'symbolic link';
	if (stats.isFIFO()) return 'named pipe';
	if (stats.isSocket()) return 'socket';
	if (stats.isBlockDevice()) return 'block device';
	return stats.isCharacterDevice() ? 'character device' : 'file';
}

/** Refuses a file that this process has open, by a name that libvirt and others have for a file of their own; `place`: where it leads here. */
export function requireCommonName(source: string, place: string): void {
	if (!/^\/(?:dev\/(?:fd\/|std(?:in|out|err)$)|proc\/(?:self|thread-self)\/)/.test(source)) return;
	throw new ShellError('refused', `${source} is a name that means something else in every process`, {
		hint: !/^\/(?:dev|proc)\//.test(place) && kindOfFile(place) !== undefined ? `Name the file itself: ${place}` : 'Write it to a file, and name that',
	});
}

/** Refuses a directory of a `proc`: by the links of processes in it (`PID/root`) a command would get at all that they see, past each read-only mount. */
export function requireNoProcesses(place: string, mountTable: readonly HostMount[]): void {
	const mount = mountTable.findLast(({mountPoint}) => isWithin(place, mountPoint));
	if (mount?.fileSystem !== 'proc' || kindOfFile(place) !== 'directory') return;
	throw new ShellError('refused', `The directory ${place} shows processes of the host, and by them all that they may write to`, {
		hint: 'The sandbox has a /proc of its own; single files can be mounted, such as /proc/cpuinfo',
	});
}

function requireSource(source: string, hint: string): FileKind {
	try {
		return kindOf(lstatSync(source));
	} catch (cause) {
		throw notSeen(source, {hint, cause});
	}
}

/** What follows a comma and is no option is a part of the name. */
function hintForMissing(source: string, type: Mount['type']): string {
	const word = /,([^,/]*)$/.exec(source)?.[1];
	if (word === undefined) return 'Make it first; an empty source is a temporary directory';
	return `'${word}' is not an option of a ${type} (${mountOptions(type).join(', ')}), so it counts as a part of the name`;
}

/** Refuses what is neither a directory nor a file: `readonly` would not keep the guest from talking to whom a pipe or a socket leads to. */
export function requireBindSource(source: string): void {
	const kind = requireSource(source, hintForMissing(source, 'host-bind'));
	if (kind === 'directory' || kind === 'file') return;
	if (kind === 'symbolic link') throw new ShellError('refused', `The source ${source} became a link while the sandbox was planned`, {hint: 'Try again'});
	throw new ShellError('refused', `The source ${source} is a ${kind}, and a host-bind takes directories and files`, {hint: insteadOfBind[kind]});
}

const throughDirectory = 'If the sandbox is to talk to the host through it, bind the directory that holds it; read-only does not prevent that';
const insteadOfBind = {
	'named pipe': throughDirectory,
	socket: throughDirectory,
	'block device': 'Give it with --disk, or mount what it holds with host-image',
	'character device': 'A sandbox has only the devices that libvirt makes',
} as const;

/** Refuses what cannot be copied in: neither a directory nor a file; a directory in which the host has something mounted, as what lies beneath would be copied. */
export function requireIncludeSource(source: string, hostMounts: readonly string[]): FileKind {
	const kind = requireSource(source, 'Look at the path');
	const inside = hostMounts.find((place) => place !== source && isWithin(place, source));
	if (inside !== undefined) {
		throw new ShellError('refused', `The include ${source} cannot be copied whole: the host has something mounted in it, at ${inside}`, {
			hint: 'Include what is needed of it one by one, or mount it with host-bind',
		});
	}
	if (kind === 'directory' || kind === 'file') {
		requireReadable(source);
		return kind;
	}
	throw new ShellError('refused', `The include ${source} is a ${kind}, and only files and directories can be copied`, {
		hint: 'Include a file with what comes out of it',
	});
}

function requireReadable(source: string): void {
	try {
		accessSync(source, constants.R_OK);
	} catch (cause) {
		throw new ShellError('refused', `The include ${source} cannot be read`, {hint: 'Look at its rights and those of the directories above it', cause});
	}
}

/** Types of file systems that an image which can be mounted may hold. libvirt mounts what it finds in it, and says little where that is nothing. */
export function requireImage(image: HostImage): readonly string[] {
	requireSource(image.source, hintForMissing(image.source, 'host-image'));
	checkImage(image);
	const fileSystems = findFileSystems(image);
	if (fileSystems.length === 0) {
		throw new ShellError('refused', `The image ${image.source} holds no file system that is known here`, {
			hint: 'Images of whole disks, with partitions, are given with --disk',
		});
	}
	return fileSystems;
}

/** Refuses a directory upon a file and a file upon a directory. `target`: what the guest has there; `source`: of a guest-bind. */
export function requireSameKind(mount: Exclude<Mount, Hide>, target: FileKind | undefined, source?: FileKind): void {
	const brought = mount.type === 'guest-bind' ? source : mount.type === 'host-bind' && mount.source !== undefined ? kindOfFile(mount.source) : 'directory';
	if (target === undefined || brought === undefined || (target === 'directory') === (brought === 'directory')) return;
	const name = 'source' in mount && mount.type !== 'host-image' ? (mount.source ?? 'a temporary directory') : `what ${mount.type} brings`;
	const message = `A ${brought} cannot be mounted on a ${target}: the sandbox has a ${target} at ${mount.target}, and ${name} is a ${brought}`;
	throw new ShellError('refused', message, {
		hint: brought === 'directory' ? 'Choose a directory as the target' : `Choose a file as the target, or mount the directory that holds ${name}`,
	});
}
