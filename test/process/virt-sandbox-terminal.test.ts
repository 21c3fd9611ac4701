// The built program against the libvirtd of the tests, on a terminal.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {testEachWay, type ProgramWay} from '../helpers/program-ways.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {openTerminal, type TestTerminal} from '../helpers/open-terminal.ts';
import {programPath} from '../helpers/run-program.ts';
import {waitUntil} from '../helpers/wait-until.ts';

interface Around {
	readonly terminal: TestTerminal;
	/** The pid of the program under test. */
	pid(): number;
	/** Waits for its end: the status, and whether the terminal's settings are what they were. */
	end(): Promise<{readonly status: number; readonly settingsKept: boolean}>;
}

/** Runs the program below a shell that tells its status and the terminal's settings before and after. */
async function start(t: ExecutionContext, way: ProgramWay, words: readonly string[]): Promise<Around> {
	const script = 'stty -g; "$@"; status=$?; echo; echo "status=$status"; stty -g';
	const [file, rest] = await way.call(words);
	const terminal = openTerminal('sh', ['-c', script, 'sh', file, ...rest], {columns: 150, ...way.settings()});
	t.teardown(() => terminal.close());
	return {
		terminal,
		pid: () => childOf(terminal.pid),
		async end() {
			await terminal.exit();
			await terminal.see(/status=\d+\n\S+$/);
			const lines = terminal.lines();
			const status = Number(/status=(\d+)/.exec(lines.at(-2) ?? '')?.[1]);
			return {status, settingsKept: lines[0] === lines.at(-1)};
		},
	};
}

function childOf(pid: number): number {
	return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

const kept = {settingsKept: true};

testEachWay('the command has a terminal of the size of ours, and sees it change', async (t, way) => {
	const {terminal, end} = await start(t, way, [
		'sh',
		'-c',
		'trap "stty size" WINCH; test -t 0 && test -t 1 && test -t 2 && stty size; while :; do sleep 0.1; done',
	]);
	await terminal.see('24 150');
	terminal.resize(160, 40);
	await terminal.see('40 160');
	terminal.type('\u001d');
	t.like(await end(), kept);
});

testEachWay('the status and all of the output arrive', async (t, way) => {
	const count = 900;
	const {terminal, end} = await start(t, way, ['sh', '-c', `seq ${count}; echo last; exit 42`]);
	t.deepEqual(await end(), {...kept, status: 42});
	const lines = terminal.lines();
	const first = lines.indexOf('1');
	t.deepEqual(lines.slice(first, first + count + 1), [...Array.from({length: count}, (_, index) => String(index + 1)), 'last']);
});

testEachWay('^C ends the command', async (t, way) => {
	const {terminal, end} = await start(t, way, ['sh', '-c', 'echo begun; exec sleep 50']);
	await terminal.see('begun');
	terminal.type('\u0003');
	t.deepEqual(await end(), {...kept, status: 130});
});

testEachWay('^Z and fg are for the shell inside', async (t, way) => {
	const {terminal, end} = await start(t, way, ['bash', '--norc', '--noprofile']);
	await terminal.see(/[#$] ?$/);
	// What is typed before the shell has left its own mode may be lost to cat.
	terminal.type('echo "on"; cat\n');
	// Its end as well: what is typed before that comes between.
	await terminal.until(() => terminal.output().includes('on\r\n'), 'a whole line');
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

testEachWay('the escape key leaves, and ends the command', async (t, way) => {
	const {terminal, end} = await start(t, way, ['sh', '-c', 'echo begun; exec sleep 50']);
	await terminal.see('begun');
	terminal.type('\u001d');
	const {status, settingsKept} = await end();
	t.true(settingsKept);
	t.true(status === 129 || status === 143, `status ${status}`);
});

testWithLibvirtd('after the escape key, what comes next begins a line of its own', async (t) => {
	const asking = ['sh', '-c', 'printf begun; exec sleep 50'];
	const terminal = openTerminal('sh', ['-c', '"$@"; echo after', 'sh', programPath('virt-sandbox'), '-c', testLibvirtd().uri, ...asking]);
	t.teardown(() => terminal.close());
	await terminal.see('begun');
	terminal.type('\u001d');
	await terminal.see(/^after/m);
	t.true(terminal.lines().includes('after'));
});

testEachWay('another escape key', async (t, way) => {
	const {terminal, end} = await start(t, way, ['-e', '^A', 'sh', '-c', 'echo begun; exec cat -v']);
	await terminal.see('begun');
	terminal.type('\u001d\n');
	await terminal.see('^]\n^]');
	terminal.type('\u0001');
	t.like(await end(), kept);
});

testEachWay('kill -TERM ends the command and puts the terminal back', async (t, way) => {
	const {terminal, pid, end} = await start(t, way, ['sh', '-c', 'printf "\\033[?1049hbegun"; exec sleep 50']);
	await terminal.see('begun');
	process.kill(pid(), 'SIGTERM');
	t.deepEqual(await end(), {...kept, status: 143});
	t.false(terminal.modes().alternateScreen);
});

testEachWay('a full-screen program is drawn as it is', async (t, way) => {
	const {terminal, end} = await start(t, way, ['sh', '-c', 'seq 100 | less']);
	await terminal.see(/^23$/m);
	t.true(terminal.modes().alternateScreen);
	terminal.type('G');
	await terminal.see(/^100$/m);
	terminal.type('q');
	t.deepEqual(await end(), {...kept, status: 0});
	t.false(terminal.modes().alternateScreen);
});

testWithLibvirtd('what the terminal answers to the guest after its end does not reach the next reader', async (t) => {
	const script = '"$@"; stty -icanon -echo min 0 time 5; left=$(dd bs=100 count=1 2>/dev/null | od -An -c); stty sane; echo "left=$left."';
	const asking = ['sh', '-c', 'printf "asked\\033[?996n\\n"'];
	const terminal = openTerminal('sh', ['-c', script, 'sh', programPath('virt-sandbox'), '-c', testLibvirtd().uri, ...asking]);
	t.teardown(() => terminal.close());
	await terminal.see('asked');
	terminal.type('\u001b[?997;1n');
	await terminal.see(/left=/);
	t.is(terminal.lines().at(-1), 'left=.');
});

for (const [how, leave] of [
	['by the escape key', (terminal: TestTerminal) => terminal.type('\u001d')],
	['by a signal', ({pid}: TestTerminal) => process.kill(childOf(pid), 'SIGTERM')],
] as const) {
	testWithLibvirtd(`nor what it answers to a sandbox that goes on asking when its console is left ${how}`, async (t) => {
		const {uri} = testLibvirtd();
		const name = `asking-${process.pid}`;
		const asking = `while :; do printf '\\033[?996n'; sleep 0.1; done`;
		const kept = ['-q', '-c', uri, '--keep', '-n', name, '--', 'sh', '-c', asking];
		const keeping = openTerminal(programPath('virt-sandbox'), kept);
		t.is(await keeping.exit(), 0);
		t.teardown(() => execFileSync(programPath('virt-sandbox-shell'), ['-q', '-c', uri, 'destroy', name]));
		const script = '"$@"; stty -icanon -echo min 0 time 10; left=$(dd bs=100 count=1 2>/dev/null | od -An -c); stty sane; echo; echo "left=$left."';
		const terminal = openTerminal('sh', ['-c', script, 'sh', programPath('virt-sandbox-shell'), '-c', uri, 'console', name]);
		t.teardown(() => terminal.close());
		await terminal.see('Escape character');
		await waitUntil(() => terminal.output().includes('\u001b[?996n'), 'it asks');
		leave(terminal);
		await terminal.see(/left=/);
		t.is(terminal.lines().at(-1), 'left=.');
		// A last question, whose answer comes after all others.
		t.true(terminal.output().includes('\u001b[6n\u001b8'));
	});
}

testWithLibvirtd('nor what it answers to a command that asks when it is left, and goes on until it is killed', async (t) => {
	// So many take their time to be killed.
	const many = 'for each in $(seq 200); do (trap "" HUP TERM; exec sleep 60) & done';
	const asking = `${many}; trap '' TERM; trap 'printf "\\033[c"; sleep 0.01; printf "\\033[c\\033[c"' HUP; echo asks later; while :; do sleep 0.1; done`;
	const script = '"$@"; stty -icanon -echo min 0 time 5; left=$(dd bs=100 count=1 2>/dev/null | od -An -c); stty sane; echo; echo "left=$left."';
	const terminal = openTerminal('sh', ['-c', script, 'sh', programPath('virt-sandbox'), '-c', testLibvirtd().uri, 'sh', '-c', asking]);
	t.teardown(() => terminal.close());
	await terminal.see('asks later');
	terminal.type('\u001d');
	await terminal.see(/left=/);
	t.is(terminal.lines().at(-1), 'left=.');
});

testWithLibvirtd('nor what the mouse does while a command that heard of it is left, and goes on until it is killed', async (t) => {
	const heeding = `trap '' TERM HUP; printf '\\033[?1003h'; echo heeds; while :; do sleep 0.1; done`;
	const script = '"$@"; stty -icanon -echo min 0 time 5; left=$(dd bs=100 count=1 2>/dev/null | od -An -c); stty sane; echo; echo "left=$left."';
	const terminal = openTerminal('sh', ['-c', script, 'sh', programPath('virt-sandbox'), '-c', testLibvirtd().uri, 'sh', '-c', heeding]);
	t.teardown(() => terminal.close());
	await terminal.see('heeds');
	terminal.type('\u001d');
	while (!terminal.output().includes('\u001b[?1003l')) {
		terminal.type('\u001b[M@*+');
		await wait(20);
	}
	await terminal.see(/left=/);
	t.is(terminal.lines().at(-1), 'left=.');
});

testWithLibvirtd('nor what it answers to a flood of questions that is cut off', async (t) => {
	const script =
		'"$@"; status=$?; stty -icanon -echo min 0 time 10; left=$(dd bs=100 count=1 2>/dev/null | od -An -c); stty sane; echo; echo "status=$status left=$left."';
	const flooding = ['sh', '-c', `trap '' TERM HUP INT; while :; do printf '${'\\033[c'.repeat(50)}'; done`];
	const words = [programPath('virt-sandbox'), '-c', testLibvirtd().uri, '--timeout', '1', '--', ...flooding];
	const terminal = openTerminal('sh', ['-c', script, 'sh', ...words]);
	t.teardown(() => terminal.close());
	await terminal.see(/left=/);
	t.is(terminal.lines().at(-1), 'status=124 left=.');
});

testWithLibvirtd('what puts a setting back, and is answered by some terminals, has its answer before the last question', async (t) => {
	const terminal = openTerminal(programPath('virt-sandbox'), ['-c', testLibvirtd().uri, 'sh', '-c', 'printf "\\033[?17;0;64c"; sleep 2.1']);
	t.teardown(() => terminal.close());
	t.is(await terminal.exit(), 0);
	const [, ...after] = terminal.output().split('\u001b[?0c');
	t.is(after.length, 1);
	t.regex(after.join(''), /6n\u001b8$/);
});
