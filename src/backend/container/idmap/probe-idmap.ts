import {text} from 'node:stream/consumers';
import {ShellError} from '../../../core/errors.ts';
import {defaultSpec} from '../../../spec/default-spec.ts';
import type {Idmap} from '../../../spec/types.ts';
import type {Caller} from '../../host/caller.ts';
import {readOrEmpty} from '../../host/files/read-or-empty.ts';

/** What trying out mapped ids found; `reason` may hold libvirt's words. */
export type IdmapFinding = {readonly works: true; readonly range: Idmap} | {readonly works: false; readonly range: Idmap; readonly reason: string};

interface ProbeIdmapOptions {
	readonly uri: string;
	readonly caller: Caller;
	readonly signal: AbortSignal;
	/** By default what the host sets aside for root. */
	readonly range?: Idmap | undefined;
}

/** How long it may take from its start to its end, in milliseconds. */
const longestMs = 30_000;
const usual: Idmap = {start: 100_000, count: 65_536};

/**
 * Starts what `--idmap` starts through this URI of the local LXC driver: a container with the whole layout of the host's root, whose
 * command shows how its ids are mapped. A refusal is a finding; a daemon that is not there (ShellError 'unavailable') or an abort
 * rejects. Leaves nothing.
 */
export async function probeIdmap({uri, caller, signal, range = idsOfRoot()}: ProbeIdmapOptions): Promise<IdmapFinding> {
	const {startContainer} = await import('../start-container.ts');
	const limit = AbortSignal.timeout(longestMs);
	const spec = {...defaultSpec, uri, idmap: range, user: {kind: 'root'}, command: ['cat', '/proc/self/uid_map']} as const;
	const voice = {notice: () => undefined, phase: () => undefined};
	try {
		const sandbox = await startContainer(spec, uri, {caller, voice, signal: AbortSignal.any([signal, limit])});
		const end = (): void => sandbox.session.kill(9);
		limit.addEventListener('abort', end);
		try {
			sandbox.session.stdin.end();
			const [shown, , status] = await Promise.all([
				text(sandbox.session.stdout),
				sandbox.session.stderr === undefined ? '' : text(sandbox.session.stderr),
				sandbox.session.exited,
			]);
			const [inside, start, count] = shown.trim().split(/\s+/).map(Number);
			if (status !== 0) return {works: false, range, reason: `its command ended with ${status}`};
			if (inside === 0 && start === range.start && count === range.count) return {works: true, range};
			return {works: false, range, reason: `its ids are mapped otherwise: ${shown.trim()}`};
		} finally {
			limit.removeEventListener('abort', end);
			await sandbox.destroy();
			await sandbox.close();
		}
	} catch (error) {
		if (limit.aborted && !signal.aborted) return {works: false, range, reason: `it did not run within ${longestMs / 1000} s`};
		if (!(error instanceof ShellError) || error.code === 'unavailable') throw error;
		return {works: false, range, reason: error.message};
	}
}

/** The first range of this host that is set aside for root as users and as groups alike; else the one that most hosts use. */
export function idsOfRoot(read: (path: string) => string = readOrEmpty): Idmap {
	const groups = rangesOf(read('/etc/subgid'));
	return rangesOf(read('/etc/subuid')).find(({start, count}) => groups.some((group) => group.start === start && group.count >= count)) ?? usual;
}

function rangesOf(lines: string): Idmap[] {
	return Array.from(lines.matchAll(/^(?:root|0):(\d+):(\d+)$/gm), ([, start, count]) => ({start: Number(start), count: Number(count)})).filter(
		({count}) => count > 0,
	);
}
