// Looks at the host: what lies behind the shares of a machine, and where a secret has got to.
import {existsSync, globSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {listProcesses} from '../../src/backend/host/processes.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';
import type {Findings, HostView, Scene, Setting} from './probe.ts';

/** Puts files where nothing of a share may be, and looks for them behind each share. */
export function putBehindShares({hidden, marker}: Scene): Setting {
	const made = ['/run', '/tmp', '/var/tmp', '/dev/shm'].map((directory) => `${directory}/${marker}`);
	for (const path of made) writeFileSync(path, 'of the host', {mode: 0o644});
	const places = ['/proc/1/status', '/sys/kernel', '/dev/null', ...made, `${hidden}/file`];
	return {
		during(host) {
			if (host === undefined) throw new Error('There is no machine');
			const shares = findShares(host);
			if (shares.length < 2) throw new Error('The shares of the machine are not found');
			return shares.flatMap((share) => places.filter((place) => reaches(share, place)).map((place) => `${place} lies behind a share`));
		},
		end: () => made.forEach((path) => rmSync(path)),
	};
}

/** What a server of files has as the root of a share, and which directory of the host that is. */
interface Share {
	readonly base: string;
	readonly source: string;
}

function findShares({document, virtiofsds}: HostView): Share[] {
	const sources = [...readFileSync(document, 'utf8').matchAll(/<filesystem [^]*?<source dir='([^']+)'/g)].map(([, source = '']) => source);
	if (virtiofsds === undefined) return sources.map((source) => ({base: source === '/' ? '' : source, source}));
	return globSync(virtiofsds).map((file) => {
		const pid = readFileSync(file, 'utf8').trim();
		const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
		const source = words[words.indexOf('--shared-dir') + 1] ?? '/';
		const root = `/proc/${pid}/root`;
		const isWithin = readlinkSync(root) === source || !existsSync(`${root}${source}`);
		return {base: isWithin ? root : `${root}${source}`, source};
	});
}

function reaches({base, source}: Share, place: string): boolean {
	const below = source === '/' ? place : place.startsWith(`${source}/`) ? place.slice(source.length) : undefined;
	return existsSync(base + place) || (below !== undefined && existsSync(base + below));
}

/** Where on the host a secret is seen that only the command should have. */
export function findSecret(secret: string, host: HostView | undefined): Findings {
	const processes = listProcesses().filter(({words}) => words.some((word) => word.includes(secret)));
	const files = host === undefined ? [] : [host.document, ...host.logs.flatMap((pattern) => globSync(pattern))];
	const told = files.filter((file) => readFileSync(file).includes(secret));
	return [...processes.map(({words}) => `it is in the words of ${words[0] ?? ''}`), ...told.map((file) => `it is in ${file.replace(/^.*\//, '')}`)];
}

/** A sandbox of somebody else, with a secret in its environment. */
export async function startOther({marker, way, runtime, own}: Scene): Promise<Setting> {
	const secret = `${marker}-of-other`;
	if (way === 'session') {
		const directory = `${runtime}/other`;
		mkdirSync(directory, {mode: 0o700});
		writeFileSync(`${directory}/0.cmd`, secret);
		own(directory);
		own(`${directory}/0.cmd`);
		return {variables: {WORD: marker, ID: 'other', RUNTIME: runtime}, end: () => rmSync(directory, {recursive: true})};
	}
	const name = `other-${marker}`;
	const uri = process.env['VIRT_SANDBOX_TEST_URI'] ?? 'lxc:///system';
	const words = ['-q', '-c', uri, '--keep', '--name', name, '--env', `SECRET=${secret}`, '--', 'sleep', '300'];
	const {status, stderr} = await runProgram(programPath('virt-sandbox'), words);
	if (status !== 0) throw new Error(`The other sandbox did not start: ${stderr}`);
	// Its file with the secret goes when the command has begun; its directory stays.
	const [directory] = globSync('/run/virt-sandbox/*/control').toSorted((one, other) => statSync(other).ctimeMs - statSync(one).ctimeMs);
	if (directory === undefined) throw new Error('The other sandbox has no state');
	return {
		variables: {WORD: marker, ID: directory.split('/')[3] ?? '', RUNTIME: '/run/virt-sandbox'},
		async end() {
			await runProgram(programPath('virt-sandbox-shell'), ['-q', '-c', uri, `destroy ${name}`]);
		},
	};
}
