// A libvirtd that is killed under a command with a terminal: what the terminal still says cannot arrive, and that is told, or it is joined again.
import {setTimeout as wait} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {startOwnLibvirtd, testWithLibvirtd as test, type OwnLibvirtd} from '../helpers/libvirtd.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

const [sandbox, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];
const ticks = 'while :; do i=$((i + 1)); echo "tick $i"';
const flood = ['sh', '-c', `${ticks}; done`];

let count = 0;

/** A kept container with a terminal. */
async function keep(t: ExecutionContext, {uri, startAgain}: OwnLibvirtd, command: readonly string[]): Promise<string> {
	const name = `daemon-${process.pid}-${++count}`;
	t.like(await runProgram(shell, ['-q', '-c', uri, `new ${name} -- ${command.map((word) => `'${word}'`).join(' ')}; set tty on; set lifetime keep; start`]), {
		status: 0,
	});
	t.teardown(async () => {
		await startAgain();
		await runProgram(shell, ['-q', 'destroy', name]);
	});
	return name;
}

/** How far it has come, as its log has it. */
async function lastTick(name: string): Promise<number> {
	const {stdout} = await runProgram('sh', ['-c', '"$0" log "$1" tty | tail -n 3', shell, name]);
	return Math.max(0, ...[...stdout.matchAll(/tick (\d+)/g)].map((match) => Number(match[1])));
}

for (const [title, words] of [
	['a sandbox of its own', (uri: string) => ['-c', uri]],
	['a further command', (_uri: string, name: string) => ['--exec', name]],
] as const) {
	test(`${title} ends with 125 and says why`, async (t) => {
		const daemon = await startOwnLibvirtd(t);
		const name = title === 'a further command' ? await keep(t, daemon, ['sleep', '600']) : '';
		const terminal = openTerminal(sandbox, [...words(daemon.uri, name), '--', ...flood]);
		t.teardown(() => terminal.close());
		await terminal.see('tick');
		process.kill(daemon.pid, 'SIGKILL');
		t.is(await terminal.exit(), 125);
		await terminal.see('terminal was lost');
	});
}

test('that of a kept sandbox is joined again, and its command goes on', async (t) => {
	const daemon = await startOwnLibvirtd(t);
	// Slow enough for its log to hold all.
	const name = await keep(t, daemon, ['sh', '-c', `${ticks}; sleep 0.01; done`]);
	process.kill(daemon.pid, 'SIGKILL');
	await daemon.startAgain();
	const before = await lastTick(name);
	const until = performance.now() + 30_000;
	while ((await lastTick(name)) <= before) {
		t.true(performance.now() < until, 'its log goes on');
		await wait(100);
	}
	const {stdout} = await runProgram('sh', ['-c', '"$0" log "$1" tty | grep -c "libvirtd was away"', shell, name]);
	t.is(stdout, '1\n');
});
