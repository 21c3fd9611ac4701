import {opendirSync, readlinkSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {totalmem} from 'node:os';
import {dirname, resolve} from 'node:path';
import {lookAt} from '../backend/host/files/root-directory.ts';
import {readMountTable} from '../backend/host/mounts/mount-table.ts';
import {findWaiting, keepsOff} from '../backend/host/mounts/waiting-mounts.ts';
import {findHostLabels} from '../backend/labels/host-labels.ts';
import type {DocumentHost, PathKind} from '../backend/xml/rules/document-host.ts';
import {cpusOf} from '../backend/xml/rules/domain-view.ts';
import {isCode} from '../core/is-code.ts';
import {waysTo} from '../spec/paths.ts';

/** Names of one directory that are looked at. */
const mostNames = 5000;

/** Links that are followed at the end of a path. */
const mostLinks = 20;

/** This host, but for what would keep us waiting: a server's file system, or that of another user's program. */
export function openDocumentHost(): DocumentHost {
	const mayEnter = keepsOff(findWaiting(readMountTable(), process.geteuid?.() ?? 0));
	const kinds = new Map<string, PathKind>();
	const kindOf = (path: string): PathKind => {
		const known = kinds.get(path) ?? readKind(path, mayEnter);
		kinds.set(path, known);
		return known;
	};
	return {
		kindOf: (path) => Promise.resolve(kindOf(path)),
		namesIn: (directory) => Promise.resolve(kindOf(directory) === 'directory' && waysTo(directory).every(mayEnter) ? readNames(directory) : undefined),
		labelModels() {
			const {selinux, apparmor} = findHostLabels();
			return Promise.resolve(new Set(['dac', ...(selinux ? ['selinux'] : []), ...(apparmor ? ['apparmor'] : [])]));
		},
		size: async () => ({cpus: await countCpus(), memory: totalmem()}),
	};
}

function readKind(path: string, mayEnter: (place: string) => boolean): PathKind {
	if (path === '/') return 'directory';
	let isKeptOff = false;
	const enters = (place: string): boolean => {
		const may = mayEnter(place);
		isKeptOff ||= !may;
		return may;
	};
	try {
		let place = resolve(path);
		for (let links = 0; links <= mostLinks; links++) {
			const found = lookAt(place, enters);
			if (found === undefined) return isKeptOff ? 'unknown' : 'nothing';
			const {stats} = found;
			if (stats.isFile()) return 'file';
			if (stats.isDirectory()) return 'directory';
			if (stats.isBlockDevice()) return 'block';
			if (stats.isCharacterDevice()) return 'character';
			if (!stats.isSymbolicLink()) return 'other';
			place = resolve(dirname(found.path), readlinkSync(found.path));
			if (place === '/') return 'directory';
		}
		return 'unknown';
	} catch (error) {
		return isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR') ? 'nothing' : 'unknown';
	}
}

/** Their numbers count from 0. */
async function countCpus(): Promise<number | undefined> {
	const cpus = cpusOf((await readFile('/sys/devices/system/cpu/present', 'utf8').catch(() => '')).trim());
	return cpus === undefined ? undefined : Math.max(...cpus) + 1;
}

function readNames(path: string): readonly string[] | undefined {
	const names: string[] = [];
	try {
		const directory = opendirSync(path);
		try {
			for (let entry = directory.readSync(); entry !== null && names.length < mostNames; entry = directory.readSync()) names.push(entry.name);
		} finally {
			directory.closeSync();
		}
		return names;
	} catch {
		return undefined;
	}
}
