import {randomUUID} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {chmod, chown, mkdir, mkdtemp, rm, rmdir, stat, unlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {embeddedSocket} from '../host/embedded-libvirtd.ts';
import {CallTimeout, createFlags, errorCodes, hasCode, LibvirtError, type Connection, type DomainRef} from '../libvirt/index.ts';
import {element} from '../xml/element.ts';
import {writeXml} from '../xml/write-xml.ts';
import {removeStaleCgroups} from './container-cgroups.ts';

/** Ids of the host that root and the users of a container become: `count` of them from `first` on. */
export interface IdRange {
	readonly first: number;
	readonly count: number;
}

/** What trying out mapped ids found; `reason` is libvirt's, so foreign text. */
export type IdmapFinding = {readonly works: true; readonly range: IdRange} | {readonly works: false; readonly range: IdRange; readonly reason: string};

export interface ProbeIdmapOptions {
	readonly signal: AbortSignal;
	/** Host path of a static busybox. */
	readonly busybox: string;
	/** By default what the host sets aside for root. */
	readonly range?: IdRange | undefined;
}

const callMs = {create: 15_000, end: 10_000} as const;
/** How long the init may take to its first line, and between two looks, in milliseconds. */
const initMs = 5000;
const stepMs = 20;
/** How long the init stays if nobody ends it, in seconds. */
const longestStay = 30;
/** libvirt ends a container with TERM, and waits 1.6 s for a PID 1 that does not listen. */
const initScript = `trap 'exit 0' TERM; : >/proof; /bin/busybox sleep ${longestStay} & wait`;
const usual: IdRange = {first: 100_000, count: 65_536};

/**
 * Starts a tiny container with mapped ids through this connection to the local LXC driver, sees whether its init writes a file as the
 * mapped root, and ends it. For root only. A refusal of libvirt is a finding; a lost connection, one that may only read (LibvirtError)
 * or an abort rejects. Leaves nothing.
 */
export async function probeIdmap(connection: Connection, {signal, busybox, range = idsOfRoot()}: ProbeIdmapOptions): Promise<IdmapFinding> {
	const uuid = randomUUID();
	const name = `virt-sandbox-idmap-${uuid.slice(0, 8)}`;
	const root = await mkdtemp(join(tmpdir(), 'virt-sandbox-idmap-'));
	let domain: DomainRef | undefined;
	let isAttempted = false;
	try {
		await layOut(root, range);
		isAttempted = true;
		domain = await connection.createXml(probeXml(name, uuid, {root, busybox, range}), createFlags.autodestroy, {signal, timeoutMs: callMs.create});
		const owner = await ownerOfProof(join(root, 'proof'), signal);
		if (owner === undefined) return {works: false, range, reason: `its init did not run within ${initMs / 1000} s`};
		return owner === range.first ? {works: true, range} : {works: false, range, reason: `its root is ${owner} on the host, not ${range.first}`};
	} catch (error) {
		if (error instanceof LibvirtError && error.code !== errorCodes.operationDenied) return {works: false, range, reason: error.text};
		if (error instanceof CallTimeout) return {works: false, range, reason: `libvirt did not start it within ${callMs.create / 1000} s`};
		throw error;
	} finally {
		// An attempt that was given up may have come true all the same.
		if (isAttempted) {
			await end(connection, domain, uuid);
			await removeStaleCgroups(name);
			await removeTraces(name);
		}
		await rm(root, {recursive: true, force: true});
	}
}

/** The first range of this host that is set aside for root as users and as groups alike; else the one that most hosts use. */
export function idsOfRoot(read: (path: string) => string = readText): IdRange {
	const groups = rangesOf(read('/etc/subgid'));
	return rangesOf(read('/etc/subuid')).find(({first, count}) => groups.some((group) => group.first === first && group.count >= count)) ?? usual;
}

function rangesOf(text: string): IdRange[] {
	return Array.from(text.matchAll(/^(?:root|0):(\d+):(\d+)$/gm), ([, first, count]) => ({first: Number(first), count: Number(count)})).filter(
		({count}) => count > 0,
	);
}

function readText(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}

/** A root that belongs to the mapped root: it could make nothing in another. libvirt mounts over what is there. */
async function layOut(root: string, {first}: IdRange): Promise<void> {
	for (const directory of ['.oldroot', 'bin', 'dev', 'proc', 'sys']) {
		await mkdir(join(root, directory));
		await chown(join(root, directory), first, first);
	}
	await writeFile(join(root, 'bin', 'busybox'), '');
	await chmod(root, 0o700);
	await chown(root, first, first);
}

function probeXml(name: string, uuid: string, {root, busybox, range}: {root: string; busybox: string; range: IdRange}): string {
	const ids = {start: 0, target: range.first, count: range.count};
	const mount = (source: string, target: string) =>
		element('filesystem', {type: 'mount', accessmode: 'passthrough'}, [element('source', {dir: source}), element('target', {dir: target})]);
	return writeXml(
		element('domain', {type: 'lxc'}, [
			element('name', {}, [name]),
			element('uuid', {}, [uuid]),
			element('memory', {unit: 'MiB'}, [64]),
			element('vcpu', {}, [1]),
			element('os', {}, [
				element('type', {}, ['exe']),
				element('init', {}, ['/bin/busybox']),
				...['sh', '-c', initScript].map((word) => element('initarg', {}, [word])),
			]),
			element('idmap', {}, [element('uid', ids), element('gid', ids)]),
			element('features', {}, [element('privnet')]),
			element('devices', {}, [mount(root, '/'), mount(busybox, '/bin/busybox'), element('console', {type: 'pty'})]),
		]),
	);
}

/** Who owns, on the host, what the init wrote; undefined: it wrote nothing in time. */
async function ownerOfProof(path: string, signal: AbortSignal): Promise<number | undefined> {
	const until = performance.now() + initMs;
	for (;;) {
		const found = await stat(path).catch(() => undefined);
		if (found !== undefined) return found.uid;
		if (performance.now() > until) return undefined;
		await wait(stepMs, undefined, {signal});
	}
}

/** Ends the container; that it has gone already is fine. What else goes wrong is left to the connection's end. */
async function end(connection: Connection, domain: DomainRef | undefined, uuid: string): Promise<void> {
	try {
		const found = domain ?? (await connection.lookupByUuid(uuid, {timeoutMs: callMs.end}));
		await connection.destroy(found, {timeoutMs: callMs.end});
	} catch (error) {
		if (hasCode(error, errorCodes.noDomain) || hasCode(error, errorCodes.operationInvalid)) return;
		if (!(error instanceof LibvirtError || error instanceof CallTimeout)) throw error;
	}
}

/** Removes what libvirt leaves of every container: a log, empty directories, at times a socket. No other domain ever has this name. */
async function removeTraces(name: string): Promise<void> {
	const own = dirname(dirname(embeddedSocket()));
	const files = [`/var/log/libvirt/lxc/${name}.log`, join(own, 'log', 'lxc', `${name}.log`)];
	const directories: string[] = [];
	for (const state of ['/run/libvirt/lxc', join(own, 'run', 'lxc')]) {
		files.push(join(state, `${name}.sock`));
		directories.push(...['dev', 'devpts', 'fuse'].map((kind) => join(state, `${name}.${kind}`)));
	}
	// That each is there is no matter, and what cannot be removed does no harm.
	await Promise.allSettled([...files.map((file) => unlink(file)), ...directories.map((directory) => rmdir(directory))]);
}
