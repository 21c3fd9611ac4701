import {setTimeout as wait} from 'node:timers/promises';
import {programPath, startProgram, type Ended, type RunSettings} from '../../test/helpers/run-program.ts';

/** A libvirtd's driver, and what the programs are told of it. */
export interface Place {
	readonly uri: string;
	readonly options: readonly string[];
	/** Of the shell's definition. */
	readonly settings: string;
	/** A run that takes longer hangs. */
	readonly longestMs: number;
}

/** Does one run; gives what was wrong, undefined where nothing was. */
export type Run = (place: Place, random: () => number, name: string) => Promise<string | undefined>;

const [sandbox, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];

/** What a command is given, and what has to come of it: its input on one stream, numbers on the other, a status. */
interface Order {
	readonly input: string;
	readonly numbers: number;
	readonly status: number;
}

function order(random: () => number): Order {
	// Around the sizes of pages, pipes and buffers, and anything else.
	const sizes = [0, 1, 4096, 65_536, 65_537, 262_144, Math.floor(random() * 400_000)];
	const size = sizes[Math.floor(random() * sizes.length)] ?? 0;
	const line = `${Math.floor(random() * 1e9)} `;
	return {input: line.repeat(Math.ceil(size / line.length)).slice(0, size), numbers: Math.floor(random() * 2000), status: Math.floor(random() * 100)};
}

function scriptOf({numbers, status}: Order): string {
	return `cat; i=0; while [ $i -lt ${numbers} ]; do i=$((i + 1)); echo $i; done >&2; exit ${status}`;
}

function numbersOf({numbers}: Order): string {
	return Array.from({length: numbers}, (_, index) => `${index + 1}\n`).join('');
}

async function call(file: string, words: readonly string[], {longestMs}: Place, settings: RunSettings): Promise<Ended & {readonly hangs: boolean}> {
	const {child, ended} = startProgram(file, words, {...settings, longestMs: longestMs + 10_000});
	let hangs = false;
	const timer = setTimeout(() => {
		hangs = true;
		child.kill('SIGKILL');
	}, longestMs);
	try {
		return {...(await ended), hangs};
	} finally {
		clearTimeout(timer);
	}
}

interface Seen {
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
	readonly hangs: boolean;
}

function compare({status, stdout, stderr, hangs}: Seen, wanted: Order, notices = ''): string | undefined {
	if (hangs) return `hangs: ${stderr.slice(-300)}`;
	if (status !== wanted.status) return `status ${status} in place of ${wanted.status}: ${stderr.slice(0, 300)}`;
	if (stdout !== wanted.input) return `${stdout.length} bytes of output in place of ${wanted.input.length}`;
	const errors = numbersOf(wanted);
	return stderr === notices + errors ? undefined : `${stderr.length} bytes of errors in place of ${errors.length}: ${stderr.slice(0, 300)}`;
}

const piped: Run = async (place, random) => {
	const wanted = order(random);
	const words = ['-c', place.uri, ...place.options, '--', 'sh', '-c', scriptOf(wanted)];
	return compare(await call(sandbox, words, place, {input: wanted.input}), wanted);
};

const asJson: Run = async (place, random) => {
	const wanted = order(random);
	const words = ['-c', place.uri, ...place.options, '-q', '--output', 'json', '--', 'sh', '-c', scriptOf(wanted)];
	const {stdout, stderr, ...rest} = await call(sandbox, words, place, {input: wanted.input});
	const values = stdout
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => JSON.parse(line) as {kind: string; stream?: string; data?: string; status?: number});
	const all = (stream: string): string =>
		Buffer.concat(values.filter((value) => value.stream === stream).map(({data = ''}) => Buffer.from(data, 'base64'))).toString();
	const told = values.findLast(({kind}) => kind === 'exit')?.status;
	if (!rest.hangs && told !== wanted.status) return `exit ${told} in JSON in place of ${wanted.status}: ${stderr.slice(0, 300)}`;
	return compare({...rest, stdout: all('stdout'), stderr: all('stderr')}, wanted);
};

const inShell: Run = async (place, random) => {
	const wanted = order(random);
	const line = `new a; ${place.settings}run -- sh -c '${scriptOf(wanted)}'`;
	return compare(await call(shell, ['-q', '-c', place.uri, line], place, {input: wanted.input}), wanted);
};

/** What the command of a sandbox has said: nothing says when it has, though a further one has ended. */
async function logOf(name: string, place: Place): Promise<Seen> {
	const until = Date.now() + place.longestMs;
	for (;;) {
		const seen = await call(shell, ['-q', '-c', place.uri, `log ${name} stdout`], place, {input: ''});
		if (seen.stdout !== '' || seen.status !== 0 || seen.hangs || Date.now() > until) return seen;
		await wait(100);
	}
}

const kept: Run = async (place, random, name) => {
	const wanted = order(random);
	const begun = await call(sandbox, ['-q', '-c', place.uri, ...place.options, '--keep', '-n', name, '--', 'sh', '-c', 'echo up; exec sleep 600'], place, {
		input: '',
	});
	const keepFault = compare(begun, {input: `${name}\n`, numbers: 0, status: 0});
	if (keepFault !== undefined) return `--keep: ${keepFault}`;
	const fault = compare(await call(sandbox, ['-c', place.uri, '--exec', name, '--', 'sh', '-c', scriptOf(wanted)], place, {input: wanted.input}), wanted);
	const log = compare(await logOf(name, place), {input: 'up\n', numbers: 0, status: 0});
	const stop = compare(await call(shell, ['-q', '-c', place.uri, `stop ${name}`], place, {input: ''}), {input: '', numbers: 0, status: 0});
	const faults = Object.entries({exec: fault, log, stop}).filter(([, each]) => each !== undefined);
	return faults.length === 0 ? undefined : faults.map(([what, each]) => `${what}: ${each}`).join('; ');
};

/** The ways to run a command, each as often as it stands here. */
export const runs: Readonly<Record<string, Run>> = {piped, json: asJson, shell: inShell, kept};
