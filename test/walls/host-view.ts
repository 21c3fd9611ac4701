// Looks at the host: what lies behind the shares of a machine, and where a secret has got to.
import {existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {listAllProcesses} from '../helpers/all-processes.ts';
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
			if (!shares.some((share) => reaches(share, '/etc/passwd'))) throw new Error('The shares of the machine are not found');
			return shares.flatMap((share) => places.filter((place) => reaches(share, place)).map((place) => `${place} lies behind a share`));
		},
		end: () => made.forEach((path) => rmSync(path)),
	};
}

/** A directory that is served to a guest, and which of the host's it shows; '': all that the guest has as its root. */
interface Share {
	readonly base: string;
	readonly source: string;
}

/** By 9p QEMU serves directories of the host; virtiofsd serves a tree that it alone sees. */
function findShares({document}: HostView): Share[] {
	const text = readFileSync(document, 'utf8');
	const [, socket] = /<source socket='([^']+)'/.exec(text) ?? [];
	if (socket === undefined) return [...text.matchAll(/<filesystem [^]*?<source dir='([^']+)'/g)].map(([, source = '']) => ({base: source, source}));
	const server = listAllProcesses().find(({words}) => words.includes(`--socket-path=${socket}`));
	const tree = `/proc/${server?.pid ?? 0}/root`;
	return [tree, ...globSync([`${tree}/root`, `${tree}/more/*`])].map((base) => ({base, source: ''}));
}

function reaches({base, source}: Share, place: string): boolean {
	return existsSync(base + place) || (place.startsWith(`${source}/`) && existsSync(base + place.slice(source.length)));
}

/** Where on the host a secret is seen that only the command should have. */
export function findSecret(secret: string, host: HostView | undefined): Findings {
	const processes = listAllProcesses().filter(({words}) => words.some((word) => word.includes(secret)));
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
