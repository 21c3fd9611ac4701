// virt-sandbox's own streams, terminal and signals, with the command on this host: what does not need libvirt.
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {openTerminal, type TestTerminal} from '../helpers/open-terminal.ts';
import {runProgram} from '../helpers/run-program.ts';

const program = fileURLToPath(new URL('../helpers/virt-sandbox-on-host.js', import.meta.url));

interface Around {
	readonly terminal: TestTerminal;
	/** The pid of the program under test. */
	pid(): number;
	/** Waits for its end: the status, and whether the terminal's settings are what they were. */
	end(): Promise<{readonly status: number; readonly settingsKept: boolean}>;
}

/** Runs the program below a shell that tells its status and the terminal's settings before and after. */
function start(t: ExecutionContext, words: readonly string[]): Around {
	const script = 'stty -g; "$@"; status=$?; echo; echo "status=$status"; stty -g';
	const terminal = openTerminal('sh', ['-c', script, 'sh', process.execPath, program, ...words], {columns: 150});
	t.teardown(() => terminal.close());
	return {
		terminal,
		pid: () => Number(readFileSync(`/proc/${terminal.pid}/task/${terminal.pid}/children`, 'utf8').trim()),
		async end() {
			await terminal.exit();
			await terminal.see(/status=\d+\n\S+$/);
			const lines = terminal.lines();
			const status = Number(/status=(\d+)/.exec(lines.at(-2) ?? '')?.[1]);
			return {status, settingsKept: lines[0] === lines.at(-1)};
		},
	};
}

const kept = {settingsKept: true};

test('the size of the terminal follows', async (t) => {
	const {terminal, end} = start(t, ['sh', '-c', 'trap "stty size" WINCH; stty size; while :; do sleep 0.1; done']);
	await terminal.see('24 150');
	terminal.resize(160, 40);
	await terminal.see('40 160');
	terminal.type('\u001d');
	t.deepEqual(await end(), {...kept, status: 129});
});

test('^C ends the command', async (t) => {
	const {terminal, end} = start(t, ['sh', '-c', 'echo begun; exec sleep 50']);
	await terminal.see('begun');
	terminal.type('\u0003');
	t.deepEqual(await end(), {...kept, status: 130});
});

test('^Z and fg are for the shell inside', async (t) => {
	const {terminal, end} = start(t, ['bash', '--norc', '--noprofile']);
	await terminal.see(/[#$] ?$/);
	// What is typed before the shell has left its own mode may be lost to cat.
	terminal.type('echo "on"; cat\n');
	await terminal.see(/^on$/m);
	terminal.type('line\n');
	await terminal.see('line\nline');
	terminal.type('\u001a');
	await terminal.see('Stopped');
	terminal.type('fg\n');
	await terminal.see(/fg\n.*cat/);
	terminal.type('again\n');
	await terminal.see('again\nagain');
	terminal.type('\u0004');
	terminal.type('exit 5\n');
	t.deepEqual(await end(), {...kept, status: 5});
});

test('the escape key twice is sent once', async (t) => {
	const {terminal, end} = start(t, ['sh', '-c', 'echo begun; exec cat -v']);
	await terminal.see('begun');
	terminal.type('\u001d\u001d\r');
	await terminal.see('^]\n^]');
	terminal.type('\u0004');
	t.deepEqual(await end(), {...kept, status: 0});
});

test('the escape key ends a command that ignores HUP and TERM', async (t) => {
	const {terminal, end} = start(t, ['sh', '-c', `trap '' HUP TERM; echo begun; while :; do sleep 0.2; done`]);
	await terminal.see('begun');
	terminal.type('\u001d');
	t.deepEqual(await end(), {...kept, status: 137});
});

test('modes that the command left on are put back', async (t) => {
	const {terminal, end} = start(t, ['printf', '\u001b[?1049h\u001b[?1000h\u001b[?2004h\u001b[?1h\u001b[?25l\u001b[3;10rx']);
	t.deepEqual(await end(), {...kept, status: 0});
	t.deepEqual(terminal.modes(), {alternateScreen: false, mouse: 'none', bracketedPaste: false, applicationKeys: false});
	t.true(terminal.output().includes('\u001b[?25h'));
});

for (const [signal, status] of [
	['SIGTERM', 143],
	['SIGHUP', 129],
	['SIGINT', 130],
	['SIGQUIT', 131],
] as const) {
	test(`the terminal is put back after kill -${signal}`, async (t) => {
		const {terminal, pid, end} = start(t, ['sh', '-c', 'printf "\\033[?1049hbegun"; exec sleep 50']);
		await terminal.see('begun');
		process.kill(pid(), signal);
		t.deepEqual(await end(), {...kept, status});
		t.false(terminal.modes().alternateScreen);
	});
}

test('the terminal is put back after a fault of ours', async (t) => {
	const {terminal, end} = start(t, ['--fail', 'sh', '-c', 'printf "\\033[?1049hbegun"; exec sleep 50']);
	const {settingsKept} = await end();
	t.true(settingsKept);
	t.false(terminal.modes().alternateScreen);
});

test('that memory was used up is told beside the loss of output', async (t) => {
	const {status, stderr} = await runProgram(process.execPath, [program, '--lost', 'sh', '-c', 'sleep 5 & exit 137']);
	t.is(status, 125);
	const [first, second] = stderr.split('\n');
	t.regex(first ?? '', /^virt-sandbox: A process of the command was killed: the sandbox had used up its memory of 64M/);
	t.is(second, 'virt-sandbox: The last of the command’s output did not arrive');
});
