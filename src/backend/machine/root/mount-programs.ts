import type {Stats} from 'node:fs';
import {cString, type Call} from '../../guest/program/call-program.ts';
import {cloneTree, currentDirectory, emptyPath, moveByDescriptors, readOnlyAttribute, recursive, unfollowedAttribute} from '../../guest/program/usual-calls.ts';
import {calls, closeOthers, free, mountFlags, mountNew, openDirectory, openStraight, program, within} from '../programs/system-calls.ts';

/*
 * Programs that mount what a sandbox asked for. No link is on the way to any place of the guest that they name: the plan has followed
 * those that it knows, and others, of an image or of whoever writes there too, could lead to what is the machine's own.
 */

/** Where a mount is made before it is moved to its place, from the initramfs's top. */
export const madePlace = 'made';

const [sourceByDescriptor, targetByDescriptor] = [4, 0x40];
const noFollow = 0x100;

/** Of what is mounted at an open place. */
function makeReadOnly(descriptor: number): Call {
	return {number: calls.mount_setattr, args: [descriptor, cString(''), emptyPath, {fields: [readOnlyAttribute, 0, 0, 0]}, 32], required: true};
}

/** Moves what is mounted at `made` to a place of the guest. */
function moveMade(target: string): Call[] {
	return within('newroot', [
		openStraight(target),
		{number: calls.move_mount, args: [currentDirectory, cString(madePlace), free, cString(''), targetByDescriptor], required: true},
		{number: calls.close, args: [free]},
	]);
}

/** The same, of what the boot script has mounted there. */
export function moveProgram(target: string): Buffer {
	return program(moveMade(target));
}

/** To be written, made, new, and never what a link of its name leads to. */
const newFile = 1 + 0x40 + 0x80 + 0x2_0000;

/**
 * Makes a mount point of the guest that is missing, and the directories on the way to it, none of which is a link; a file unless `like`, by its
 * path from the initramfs's top or, with a slash before it, of the guest, is a directory, or undefined.
 */
export function placeProgram(target: string, like: string | undefined): Buffer {
	const names = target.slice(1).split('/');
	const last = names.pop() ?? '';
	const around = free;
	const make = (name: string): Call => ({number: calls.mkdirat, args: [around, cString(name), 0o755]});
	const walk = names.flatMap((name, index): Call[] => [
		openStraight(`/${names.slice(0, index).join('/')}`),
		make(name),
		{number: calls.close, args: [around]},
	]);
	const isDirectory: Call[] = like === undefined ? [] : [{...openStraight(like, {isDirectory: true}), required: false, skips: 1}];
	const makeLast: Call[] = [
		...isDirectory,
		make(last),
		...(like === undefined ? [] : [{number: calls.openat, args: [around, cString(last), newFile, 0o644]}]),
	];
	const isOfGuest = like?.startsWith('/') ?? true;
	const [inside, outside] = isOfGuest ? [makeLast, []] : [[], makeLast];
	return program([closeOthers, ...within('newroot', [...walk, openStraight(`/${names.join('/')}`), ...inside]), ...outside]);
}

/** An empty file system in memory, at a path of the guest. */
export interface Ram {
	readonly target: string;
	readonly sizeKiB: number;
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	readonly readonly: boolean;
}

/** What a file system that the command may fill is to nobody: a way to devices of the kernel, or to another user's rights. */
const inert = mountFlags.noSuid + mountFlags.noDev;

/** Mounts these at directories that are there. */
export function ramsProgram(rams: readonly Ram[]): Buffer {
	return program(rams.flatMap(mountRam));
}

/** The same at places that nobody asked for, where their directories may be missing. */
export function freshProgram(rams: readonly Ram[]): Buffer {
	return program(rams.flatMap((ram) => [...within('newroot', [{number: calls.mkdir, args: [cString(ram.target), 0o755]}]), ...mountRam(ram)]));
}

function mountRam({target, sizeKiB, mode, uid, gid, readonly}: Ram): Call[] {
	return [
		mountNew('tmpfs', madePlace, `size=${sizeKiB}k,mode=${mode.toString(8)},uid=${uid},gid=${gid}`, inert + (readonly ? mountFlags.readOnly : 0)),
		...moveMade(target),
	];
}

/** Makes what is mounted at a place read-only. */
export function fixProgram(target: string): Buffer {
	return program(within('newroot', [openStraight(target), makeReadOnly(free)]));
}

/** Mounts what the host shares, by its path from the initramfs's top, with what is mounted below it. */
export function bindProgram(source: string, target: string, {readonly = false} = {}): Buffer {
	const [clone, onto] = [free, free + 1];
	return program([
		closeOthers,
		{number: calls.open_tree, args: [currentDirectory, cString(source), cloneTree + recursive], required: true},
		...(readonly ? [makeReadOnly(clone)] : []),
		...within('newroot', [
			openStraight(target),
			{number: calls.move_mount, args: [clone, cString(''), onto, cString(''), moveByDescriptors], required: true},
		]),
	]);
}

/**
 * Mounts a directory that is to be copied at `made`, by its path from the initramfs's top: no link in it is followed, whoever puts one in
 * the place of a file meanwhile.
 */
export function sourceProgram(source: string): Buffer {
	const attributes = {fields: [readOnlyAttribute + unfollowedAttribute, 0, 0, 0]};
	return program([
		closeOthers,
		{number: calls.open_tree, args: [currentDirectory, cString(source), cloneTree + recursive + noFollow], required: true},
		{number: calls.mount_setattr, args: [free, cString(''), emptyPath + recursive, attributes, 32], required: true},
		{number: calls.move_mount, args: [free, cString(''), currentDirectory, cString(madePlace), sourceByDescriptor], required: true},
	]);
}

/** Shows a file of the initramfs, read-only, at a place of the guest, where that has one; no descriptor from the first free one on is open. */
export function showFile(source: string, target: string): Call[] {
	const [clone, onto] = [free, free + 1];
	return [
		{number: calls.open_tree, args: [currentDirectory, cString(source), cloneTree], required: true},
		makeReadOnly(clone),
		...within('newroot', [
			{...openStraight(target), required: false},
			{number: calls.move_mount, args: [clone, cString(''), onto, cString(''), moveByDescriptors]},
		]),
		...[clone, onto].map((descriptor): Call => ({number: calls.close, args: [descriptor]})),
	];
}

/** Shows a place of the guest at a second one, as it is mounted there: flags that keep devices out stay. */
export function showProgram({source, target, readonly}: {readonly source: string; readonly target: string; readonly readonly: boolean}): Buffer {
	const [from, clone, onto] = [free, free + 1, free + 2];
	return program([
		closeOthers,
		...within('newroot', [
			openStraight(source),
			{number: calls.open_tree, args: [from, cString(''), cloneTree + emptyPath], required: true},
			...(readonly ? [makeReadOnly(clone)] : []),
			openStraight(target),
			{number: calls.move_mount, args: [clone, cString(''), onto, cString(''), moveByDescriptors], required: true},
		]),
	]);
}

interface OverlayPlaces {
	/** Of the guest. */
	readonly target: string;
	/** From the initramfs's top, as `upper`. */
	readonly lower: string;
	/** Where `upper` and `work` are, or are made: links in their places lead nowhere else. */
	readonly upper: string;
	/** Nothing is there yet: it is a memory of its own. */
	readonly isMemory: boolean;
	/** Of the directory that it lies over: an overlay has those of its upper one. */
	readonly top: Pick<Stats, 'mode' | 'uid' | 'gid'>;
	readonly readonly: boolean;
}

/** Mounts an overlay at a directory of the guest. */
export function overlayProgram({target, lower, upper, isMemory, top, readonly}: OverlayPlaces): Buffer {
	return program([
		...(isMemory ? [{number: calls.mkdir, args: [cString(upper), 0o755], required: true}, mountNew('tmpfs', upper, 'size=0,mode=755', inert)] : []),
		// A directory of the share is mounted when somebody goes into it.
		...within(`${upper}/.`, [
			// One that is there stays as it is. A link that somebody puts there leads to no file or directory of theirs.
			{number: calls.mkdir, args: [cString('/upper'), 0o700], skips: 4},
			openDirectory('/upper'),
			{number: calls.fchown, args: [free, top.uid, top.gid]},
			{number: calls.fchmod, args: [free, top.mode & 0o7777]},
			{number: calls.close, args: [free]},
			{number: calls.mkdir, args: [cString('/work'), 0o755]},
			mountNew('overlay', madePlace, `userxattr,lowerdir=${lower}/.,upperdir=/upper,workdir=/work`, inert + (readonly ? mountFlags.readOnly : 0)),
		]),
		...moveMade(target),
	]);
}
