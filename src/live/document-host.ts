import {readdir, readFile, stat} from 'node:fs/promises';
import {totalmem} from 'node:os';
import {findHostLabels} from '../backend/labels/host-labels.ts';
import type {DocumentHost, PathKind} from '../backend/xml/rules/document-host.ts';
import {cpusOf} from '../backend/xml/rules/domain-view.ts';
import {isCode} from '../core/is-code.ts';

/** A directory of a network file system may not answer. */
const patienceMs = 1000;

/** Names of one directory that are looked at. */
const mostNames = 5000;

/** This host, as far as it answers at once. */
export function openDocumentHost(): DocumentHost {
	const kinds = new Map<string, Promise<PathKind>>();
	return {
		kindOf(path) {
			const known = kinds.get(path) ?? within(readKind(path), 'unknown');
			kinds.set(path, known);
			return known;
		},
		namesIn: (directory) => within(readNames(directory), undefined),
		async labelModels() {
			const {selinux, apparmor} = findHostLabels();
			return new Set(['dac', ...(selinux ? ['selinux'] : []), ...(apparmor ? ['apparmor'] : [])]);
		},
		size: async () => ({cpus: await countCpus(), memory: totalmem()}),
	};
}

async function within<Value>(asked: Promise<Value>, otherwise: Value): Promise<Value> {
	const {promise, resolve} = Promise.withResolvers<Value>();
	const timer = setTimeout(() => resolve(otherwise), patienceMs);
	try {
		return await Promise.race([asked, promise]);
	} finally {
		clearTimeout(timer);
	}
}

async function readKind(path: string): Promise<PathKind> {
	try {
		const found = await stat(path);
		if (found.isFile()) return 'file';
		if (found.isDirectory()) return 'directory';
		if (found.isBlockDevice()) return 'block';
		return found.isCharacterDevice() ? 'character' : 'other';
	} catch (error) {
		return isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR') ? 'nothing' : 'unknown';
	}
}

/** Their numbers count from 0. */
async function countCpus(): Promise<number | undefined> {
	const cpus = cpusOf((await readFile('/sys/devices/system/cpu/present', 'utf8').catch(() => '')).trim());
	return cpus === undefined ? undefined : Math.max(...cpus) + 1;
}

async function readNames(directory: string): Promise<readonly string[] | undefined> {
	try {
		return (await readdir(directory)).slice(0, mostNames);
	} catch {
		return undefined;
	}
}
