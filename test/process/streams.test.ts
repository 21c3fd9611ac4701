// A command's output is whole, whatever it goes through and however it is read.
import {setTimeout as wait} from 'node:timers/promises';
import {spawn} from '@lydell/node-pty';
import ava, {type ExecutionContext} from 'ava';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

const [sandbox, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];

const status = 4;
const command = (size: number): string[] => ['sh', '-c', `head -c ${size} /dev/zero | tr '\\0' x; exit ${status}`];

/** How a pipe is read, in shell. A late reader is one by time: nothing tells when all buffers are full. */
const readers = {
	fast: 'cat',
	late: 'sleep 0.5; cat',
	stops: 'dd bs=1000 count=1 iflag=fullblock status=none; sleep 0.5; cat',
};
type Reader = keyof typeof readers;

type Case = readonly [size: number, reader: Reader];

/** Sizes around those of a page, of a pipe, and of all buffers on the way. Three at a time: as many slots as a sandbox has for further commands. */
const hard: readonly Case[] = [
	[66_000, 'late'],
	[1_048_577, 'late'],
	[1_048_577, 'stops'],
];
const easy: readonly Case[] = [
	[4097, 'late'],
	[65_535, 'stops'],
	[66_000, 'fast'],
];

interface Way {
	readonly call: (name: string, words: readonly string[], tty: boolean) => readonly [file: string, words: readonly string[]];
	/** The bytes of the command in what comes out. */
	readonly decode?: (text: string) => string;
}

const decodeJson = (text: string): string =>
	text
		.split('\n')
		.filter((line) => line.includes('"output"'))
		.map((line) => Buffer.from(String((JSON.parse(line) as {data: string}).data), 'base64').toString())
		.join('');

const ways: Readonly<Record<string, Way>> = {
	exec: {call: (name, words) => [sandbox, ['--exec', name, '--', ...words]]},
	JSON: {call: (name, words) => [sandbox, ['--output', 'json', '--exec', name, '--', ...words]], decode: decodeJson},
	shell: {call: (name, words, tty) => [shell, ['-q', 'exec', name, ...(tty ? ['--tty'] : []), '--', ...words]]},
	'shell, JSON': {call: (name, words) => [shell, ['-q', '--output', 'json', 'exec', name, '--', ...words]], decode: decodeJson},
};
const freshContainer: Way = {call: (_name, words) => [sandbox, ['-c', testLibvirtd().uri, '--', ...words]]};

/** What came out by a pipe: the status, and how many bytes. */
async function readPipe({call, decode = (text) => text}: Way, name: string, size: number, reader: Reader): Promise<string> {
	const [file, words] = call(name, command(size), false);
	const {status, stdout, stderr} = await runProgram('bash', ['-c', `"$@" | { ${readers[reader]}; }; exit \${PIPESTATUS[0]}`, 'bash', file, ...words]);
	return `${status}: ${decode(stdout).length}${stderr}`;
}

/** The same on a terminal. */
async function readTerminal({call}: Way, name: string, size: number, reader: Reader): Promise<string> {
	const [file, words] = call(name, command(size), true);
	// It stays until all is read: with its last program the terminal would go.
	const child = spawn('sh', ['-c', '"$@"; echo "status=$?."; read -r line', 'sh', file, ...words], {});
	let bytes = 0;
	let last = '';
	let hasStopped = reader !== 'stops';
	const pause = async (): Promise<void> => {
		hasStopped = true;
		child.pause();
		await wait(500);
		child.resume();
	};
	const told = Promise.withResolvers<string>();
	child.onData((data) => {
		bytes += data.replaceAll(/[^x]/g, '').length;
		last = (last + data).slice(-100);
		const ended = /status=(\d+)\./.exec(last)?.[1];
		if (ended !== undefined) told.resolve(ended);
		if (!hasStopped && bytes > 0) void pause();
	});
	if (reader === 'late') void pause();
	child.onExit(() => told.resolve(`nothing but ${last}`));
	const ended = await told.promise;
	child.kill('SIGKILL');
	return `${ended}: ${bytes}`;
}

const means = {'a pipe': readPipe, 'a terminal': readTerminal};

async function assertWhole(t: ExecutionContext, batches: ReadonlyArray<readonly Case[]>, readOne: (each: Case) => Promise<string>): Promise<void> {
	for (const batch of batches) {
		const found = await Promise.all(batch.map(readOne));
		t.deepEqual(
			found,
			batch.map(([size]) => `${status}: ${size}`),
			JSON.stringify(batch),
		);
	}
}

for (const [backend, test, where, batches] of [
	['container', testWithLibvirtd, () => ['-c', testLibvirtd().uri], [easy, hard]],
	['machine', testWithMachines, () => ['-c', testMachineUri(), '--accel', 'tcg'], [hard]],
] as const) {
	const name = `streams-${backend}-${process.pid}`;
	let starting: ReturnType<typeof runProgram> | undefined;
	const keep = async (t: ExecutionContext): Promise<void> => {
		starting ??= runProgram(sandbox, [...where(), '--keep', '--name', name, '--', 'sleep', '3600']);
		t.like(await starting, {status: 0, stderr: ''});
	};
	for (const [through, read] of Object.entries(means)) {
		for (const [way, each] of Object.entries(ways)) {
			if (read === readTerminal && each.decode !== undefined) continue;
			test(`${backend}, ${way}: all arrives by ${through}`, async (t) => {
				await keep(t);
				await assertWhole(t, batches, ([size, reader]) => read(each, name, size, reader));
			});
		}
	}
	test(`${backend}: a reader that closes ends the command as SIGPIPE does`, async (t) => {
		await keep(t);
		const [file, words] = ways['exec']?.call(name, ['yes'], false) ?? [];
		const {status, stdout} = await runProgram('bash', ['-c', '"$@" | head -c 100000; exit ${PIPESTATUS[0]}', 'bash', file ?? '', ...(words ?? [])]);
		t.deepEqual([status, stdout.length], [141, 100_000]);
	});
	test(`${backend}: what goes to one file by both streams keeps its order`, async (t) => {
		await keep(t);
		const both = 'i=0; while [ $i -lt 300 ]; do echo out $i; echo err $i >&2; i=$((i + 1)); done';
		const expected = Array.from({length: 300}, (_, i) => `out ${i}\nerr ${i}\n`).join('');
		const [inPipe, inFile] = ['2>&1 | cat', '>$f 2>&1; cat $f'];
		for (const [words, into] of [
			[[sandbox, '--exec', name], inPipe],
			[[sandbox, '--exec', name], inFile],
			[[sandbox, ...where()], inPipe],
			[[shell, '-q', 'exec', name], inPipe],
		] as const) {
			const script = `f=$(mktemp); "$@" ${into}; rm $f`;
			const {stdout, stderr} = await runProgram('bash', ['-c', script, 'bash', ...words, '--', 'sh', '-c', both]);
			t.deepEqual({stdout, stderr}, {stdout: expected, stderr: ''}, `${words.join(' ')} ${into}`);
		}
	});
	test(`${backend}: in JSON they stay apart`, async (t) => {
		await keep(t);
		const words = ['--output', 'json', '--exec', name, '--', 'sh', '-c', 'echo out; echo err >&2'];
		const {stdout} = await runProgram('bash', ['-c', '"$@" 2>&1 | cat', 'bash', sandbox, ...words]);
		t.regex(stdout, /"stream":"stdout"/);
		t.regex(stdout, /"stream":"stderr"/);
	});
	ava.after.always(`the ${backend} ends`, async () => {
		if (starting !== undefined) await runProgram(shell, ['-q', 'destroy', name]);
	});
}

testWithLibvirtd('a terminal whose reader is slow is no other command’s until all of it is read', async (t) => {
	const name = `slow-${process.pid}`;
	t.like(await runProgram(sandbox, ['-c', testLibvirtd().uri, '--keep', '--name', name, '--', 'sleep', '3600']), {status: 0});
	t.teardown(() => runProgram(shell, ['-q', 'destroy', name]));
	const script = 'echo begun; until [ -e /tmp/go ]; do sleep 0.05; done; head -c 3000 /dev/zero | tr "\\0" x; touch /tmp/over; exit 4';
	const child = spawn(sandbox, ['--exec', name, '--', 'sh', '-c', script], {});
	let bytes = 0;
	const begun = Promise.withResolvers<void>();
	const ended = Promise.withResolvers<number>();
	child.onData((data) => {
		bytes += data.replaceAll(/[^x]/g, '').length;
		if (data.includes('begun')) begun.resolve();
	});
	child.onExit(({exitCode}) => ended.resolve(exitCode));
	await begun.promise;
	process.kill(child.pid, 'SIGSTOP');
	// What has ended is told to its owner once another command has begun and ended.
	await runProgram(sandbox, ['--exec', name, '--', 'sh', '-c', 'touch /tmp/go; until [ -e /tmp/over ]; do sleep 0.05; done']);
	for (let times = 0; times < 2; times++) {
		const other = spawn(sandbox, ['--exec', name, '--', 'sh', '-c', 'head -c 20000 /dev/zero | tr "\\0" x; exit 5'], {});
		let count = 0;
		other.onData((data) => (count += data.replaceAll(/[^x]/g, '').length));
		const status = await new Promise((resolve) => other.onExit(({exitCode}) => resolve(exitCode)));
		t.deepEqual([status, count], [5, 20_000]);
	}
	const isState = async (state: string): Promise<boolean> =>
		new RegExp(`exec-1 .* ${state}`).test((await runProgram(shell, ['-q', 'consoles', name])).stdout);
	t.true(await isState('in use'));
	process.kill(child.pid, 'SIGCONT');
	t.deepEqual([await ended.promise, bytes], [4, 3000]);
	t.true(await isState('free'));
});

for (const [through, read] of Object.entries(means)) {
	testWithLibvirtd(`container, a sandbox of its own: all arrives by ${through}`, (t) =>
		assertWhole(t, [easy, hard], ([size, reader]) => read(freshContainer, '', size, reader)),
	);
}
