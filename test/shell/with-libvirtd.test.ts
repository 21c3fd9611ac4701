// The built program against a real libvirtd.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {openTerminal} from '../helpers/open-terminal.ts';
import {programPath, runProgram, startProgram} from '../helpers/run-program.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';

const program = programPath('virt-sandbox-shell');
const shell = (script: string, ...options: string[]) => runProgram(program, ['-c', testLibvirtd().uri, ...options, script]);
/** Unique per test, since other tests run beside. */
const nameOf = (what: string) => `shell-${what}-${process.pid}`;

testWithLibvirtd("run ends with its command's status", async (t) => {
	t.deepEqual(await shell(`new ${nameOf('run')}; run -- /bin/sh -c 'echo out; echo err >&2; exit 3'`), {status: 3, stdout: 'out\n', stderr: 'err\n'});
});

testWithLibvirtd('a run that cannot be executed ends 126 or 127, as in a shell', async (t) => {
	t.like(await shell(`new ${nameOf('missing')}; run -- /nonexistent/program`), {status: 127, stdout: ''});
});

for (const [what, keep] of [
	['start', ''],
	['start --keep', ' --keep'],
] as const) {
	testWithLibvirtd(`${what} of what cannot be executed fails with the reason`, async (t) => {
		const name = nameOf(`nothing${keep.trim()}`);
		const refused = (reason: string) => ({
			status: 1,
			stdout: '',
			stderr: `error: Sandbox '${name}' cannot run its command: ${reason}\n  hint: Its PATH and files are those that the sandbox shows.\n`,
		});
		t.deepEqual(await shell(`new ${name} -- /nonexistent/program; start${keep}; echo after`, '-q'), refused('/nonexistent/program: not found'));
		t.deepEqual(await shell(`new ${name} -- /etc/passwd; set tty on; start${keep}`, '-q'), refused('/etc/passwd: not executable'));
		t.like(await shell(`new ${name} -- sh -c 'exit 127'; start${keep}`, '-q'), {status: 0, stdout: ''});
	});
}

testWithLibvirtd('the XML of a definition passes the schema', async (t) => {
	const name = nameOf('xml');
	const {status, stdout, stderr} = await shell(`new ${name}; mount ram:/scratch=64M; set memory 256M; validate; xml`, '--output', 'json');
	t.is(status, 0, stderr);
	const values = stdout
		.split('\n')
		.slice(0, -1)
		.map((line) => JSON.parse(line) as {v: number; kind: string; text?: string; rows?: unknown});
	t.deepEqual(
		values.map(({v, kind}) => ({v, kind})),
		[
			{v: 1, kind: 'table'},
			{v: 1, kind: 'document'},
		],
	);
	t.deepEqual(values[0]?.rows, []);
	t.regex(values[1]?.text ?? '', /<target dir='\/scratch'\/>/);
});

testWithLibvirtd('xml of what this session started is what libvirt has, until the definition changes', async (t) => {
	const name = nameOf('live-xml');
	const {status, stdout, stderr} = await shell(
		`new ${name}; set command /bin/sleep 100; start; xml --xpath 'count(/domain/@id)'; xml --plan --xpath 'count(/domain/@id)'; set memory 256M; xml --xpath 'count(/domain/@id)'; xml --running --xpath 'count(/domain/@id)'`,
	);
	t.is(status, 0, stderr);
	t.is(stdout.replaceAll(/^[+~].*\n/gm, ''), '1\n0\n0\n1\n');
});

testWithLibvirtd('after the escape key the prompt begins a line of its own', async (t) => {
	const state = mkdtempSync(`${tmpdir()}/shell-escape-`);
	const terminal = openTerminal(program, ['--plain', '-q', '-c', testLibvirtd().uri], {environment: {...process.env, XDG_STATE_HOME: state}});
	t.teardown(() => {
		terminal.close();
		rmSync(state, {recursive: true, force: true});
	});
	await terminal.see(/# ?$/);
	terminal.type(`new ${nameOf('key')}; run --tty -- sh -c 'printf "%s" be"gun"; exec sleep 50'\n`);
	await terminal.see('begun');
	terminal.type('\u001d');
	await terminal.see(/\nvirt-sandbox:\S+ # $/);
	terminal.type('quit\n');
	t.is(await terminal.exit(), 0);
});

testWithLibvirtd('into a pipe a log goes as it is', async (t) => {
	const name = nameOf('log-raw');
	const {status, stdout} = await shell(`new ${name}; set command /usr/bin/printf '\\033[31mred\\n'; start; wait; log ${name} stdout`);
	t.is(status, 0);
	t.true(stdout.endsWith('\u001b[31mred\n'), stdout);
});

testWithLibvirtd('a sandbox in the background is listed, captured, waited for, and gone at the end', async (t) => {
	const name = nameOf('start');
	const script = `new ${name}; set command /bin/sh -c 'echo out; echo err >&2; sleep 3; exit 4'; start; list; wait; log stdout; log --grep e`;
	const {status, stdout, stderr} = await shell(script.replace('log stdout', `log ${name} stdout`));
	t.is(status, 0, stderr);
	t.regex(stdout, new RegExp(`${name} +running`));
	t.true(stdout.endsWith(`Name:   ${name}\nStatus: 4\nout\nstderr: err\n`), stdout);
});

testWithLibvirtd('stop ends a command that obeys, and destroys one that does not', async (t) => {
	const name = nameOf('stop');
	t.like(await shell(`new ${name}; set command /bin/sleep 100; start; stop; wait`), {status: 0, stdout: `Name:   ${name}\nStatus: 143\n`});
	const began = performance.now();
	t.like(await shell(`new ${name}; set command /bin/sh -c 'trap "" TERM; while :; do sleep 1; done'; start; stop --time 0.5; list`), {status: 0});
	t.true(performance.now() - began < 15_000);
});

testWithLibvirtd('suspend and resume change the state that list shows', async (t) => {
	const name = nameOf('suspend');
	const {status, stdout, stderr} = await shell(`new ${name}; set command /bin/sleep 100; start; suspend; list; resume; list; destroy`);
	t.is(status, 0, stderr);
	t.deepEqual(
		[...stdout.matchAll(new RegExp(`${name} +(\\w+)`, 'g'))].map(([, state]) => state),
		['paused', 'running'],
	);
});

testWithLibvirtd('events tell of a suspend and a resume by somebody else', async (t) => {
	const name = nameOf('suspend-events');
	const script = `new ${name} -- /bin/sleep 100; start; echo begun; events ${name} --count 2`;
	const {says, ended} = startProgram(program, ['-c', testLibvirtd().uri, '-q', script], {input: ''});
	await says('begun');
	let isOver = false;
	const followed = ended.finally(() => (isOver = true));
	while (!isOver) await shell(`suspend ${name}; resume ${name}`);
	const {stdout} = await followed;
	t.deepEqual([...stdout.matchAll(new RegExp(`${name} +(\\w+)`, 'g'))].map(([, event]) => event).toSorted(), ['resumed', 'suspended']);
});

testWithLibvirtd('a suspended sandbox refuses exec at once', async (t) => {
	const name = nameOf('suspended');
	t.like(await shell(`new ${name} -- /bin/sleep 100; start; suspend; exec ${name} true; echo after`, '-q'), {
		status: 125,
		stdout: '',
		stderr: `error: Sandbox '${name}' is suspended\n  hint: \`virt-sandbox-shell resume ${name}\` lets it run on.\nwarning: Ended with the session: ${name}\n`,
	});
	t.like(await shell(`new ${name} -- /bin/sleep 100; start; suspend; resume; exec ${name} echo on`), {status: 0, stdout: 'on\n'});
});

testWithLibvirtd('what lives with the session ends with it, and that is said', async (t) => {
	const name = nameOf('end');
	t.deepEqual(await shell(`new ${name}; set command /bin/sleep 100; start`), {status: 0, stdout: '', stderr: `warning: Ended with the session: ${name}\n`});
	const {stdout} = await shell('list', '--output', 'json');
	t.false(stdout.includes(name));
});

testWithLibvirtd('starting one that runs is refused', async (t) => {
	const name = nameOf('twice');
	const {status, stderr} = await shell(`new ${name}; set command /bin/sleep 100; start; start`);
	t.is(status, 1);
	t.regex(stderr, new RegExp(`^error: Sandbox '${name}' runs already\n`));
});

testWithLibvirtd('SIGTERM ends a script cleanly', async (t) => {
	const name = nameOf('term');
	const running = startProgram(program, ['-c', testLibvirtd().uri, `new ${name}; set command /bin/sleep 100; start; echo started; wait; echo never`], {
		input: '',
	});
	await running.says('started');
	running.child.kill('SIGTERM');
	const {status, stdout, stderr} = await running.ended;
	t.is(status, 143);
	t.is(stdout, 'started\n');
	t.regex(stderr, new RegExp(`Ended with the session: ${name}\n$`));
});

testWithLibvirtd('info tells what a sandbox was started from', async (t) => {
	const name = nameOf('info');
	const {status, stdout, stderr} = await shell(
		`new ${name}; env TOKEN=secret; set command /bin/sleep 100; start; info; stats ${name}; destroy`,
		'--output',
		'json',
	);
	t.is(status, 0, stderr);
	const [facts = ''] = stdout.split('\n');
	const {fields} = JSON.parse(facts) as {fields: {name: string; ours: boolean; spec: Record<string, string>}};
	t.is(fields.name, name);
	t.true(fields.ours);
	t.is(fields.spec['command'], '/bin/sleep 100');
	t.false(facts.includes('secret'));
});

testWithLibvirtd('networks, capabilities, doctor and clean answer', async (t) => {
	for (const line of ['networks', 'capabilities', 'doctor --all', 'clean', 'events --timeout 0.1', 'stats', 'list --all', 'connect', 'uri']) {
		const {status, stderr} = await shell(line);
		t.is(status, 0, `${line}: ${stderr}`);
	}
});

testWithLibvirtd('networks tells which are active', async (t) => {
	t.regex((await shell('networks')).stdout, /^ default +active +virbr/m);
});

/** A network that is not active, until the test's end. */
function defineNetwork(t: ExecutionContext, letter: string): string {
	const name = nameOf(`net-${letter}`);
	const virsh = (...words: readonly string[]) => execFileSync('virsh', ['-q', '-c', testLibvirtd().uri, ...words], {timeout: 20_000});
	const directory = mkdtempSync(join(tmpdir(), 'network-'));
	const file = join(directory, 'network.xml');
	writeFileSync(file, `<network><name>${name}</name><bridge name='vsn${letter}${process.pid % 100_000}'/></network>`);
	virsh('net-define', file);
	t.teardown(() => {
		virsh('net-destroy', name);
		virsh('net-undefine', name);
		rmSync(directory, {recursive: true});
	});
	return name;
}

testWithLibvirtd('a network that a sandbox wants and that is not active is started where that was agreed to, and told', async (t) => {
	const name = defineNetwork(t, 'a');
	const uri = testLibvirtd().uri;
	const words = ['-c', uri, '-N', `source=${name},address=10.7.0.2/24`, 'true'];
	const refused = await runProgram(programPath('virt-sandbox'), words);
	t.is(refused.status, 125);
	t.regex(refused.stderr, new RegExp(`^virt-sandbox: The network '${name}' is not active\\n  hint: .* or have it started by --accept `));
	const keep = await runProgram(programPath('virt-sandbox-shell'), [
		'-c',
		uri,
		'--yes',
		`new a -- sleep 60; network source=${name},address=10.7.0.2/24; start --keep; destroy a`,
	]);
	t.deepEqual({status: keep.status, stderr: keep.stderr}, {status: 0, stderr: ''});
	t.regex((await shell('networks')).stdout, new RegExp(`^ ${name} +active`, 'm'));
	execFileSync('virsh', ['-q', '-c', uri, 'net-destroy', name], {timeout: 20_000});
	t.deepEqual(
		await runProgram(programPath('virt-sandbox'), ['-v', '--accept', ...words]).then(({status, stderr}) => ({
			status,
			isTold: stderr.includes(`Network '${name}' of ${uri} was not active, and is started\n`),
		})),
		{status: 0, isTold: true},
	);
	t.like(await runProgram(programPath('virt-sandbox'), words), {status: 0, stderr: ''});
});

testWithLibvirtd("stats tells a container's traffic", async (t) => {
	const name = nameOf('traffic');
	const {status, stdout, stderr} = await shell(
		`new ${name} -- sleep 60; network address=192.168.122.250/24; start; exec ${name} -- ping -c 3 -s 2000 192.168.122.1; stats ${name}; destroy`,
		'--output',
		'json',
	);
	t.is(status, 0, stderr);
	const table = stdout
		.trimEnd()
		.split('\n')
		.map((line) => JSON.parse(line) as {kind: string; rows?: ReadonlyArray<{name: string; received: number; sent: number}>})
		.find(({kind}) => kind === 'table');
	const [row] = table?.rows ?? [];
	// Three packets each way, and what networks say by themselves.
	t.true(row !== undefined && row.received >= 5 && row.sent >= 5, stdout);
});

testWithLibvirtd('networks starts one that is not active', async (t) => {
	const name = defineNetwork(t, 'b');
	t.regex((await shell('networks')).stdout, new RegExp(`^ ${name} +inactive`, 'm'));
	t.like(await shell(`networks start ${name}`), {status: 0});
	t.regex((await shell('networks')).stdout, new RegExp(`^ ${name} +active`, 'm'));
	t.like(await shell(`networks start ${name}`), {status: 0});
	t.regex((await shell('networks start nowhere')).stderr, /^error: libvirt has no network 'nowhere'/);
});

testWithLibvirtd('a script starts three, one kept; another process finds that one, execs into it and stops it', async (t) => {
	const [a, b, kept] = [nameOf('a'), nameOf('b'), nameOf('kept')];
	const script = `
		new ${a}
		set command /bin/sh -c 'echo from a; exec sleep 100'
		start
		new ${b}
		set command /bin/sh -c 'sleep 1; echo from b; exit 6'
		start
		new ${kept}
		set command /bin/sh -c 'echo from kept; exec sleep 1000'
		set lifetime keep
		start
		exec ${a} sh -c 'echo in $0 is $TOKEN' a
		wait ${b}
		log ${a} stdout
		log ${b} stdout
		stop ${a}
	`;
	const first = await shell(script);
	t.deepEqual(first, {status: 0, stdout: `in a is\nName:   ${b}\nStatus: 6\nfrom a\nfrom b\n`, stderr: ''});
	const second = await shell(`list; exec ${kept} --env TOKEN=x sh -c 'echo $TOKEN; cat; exit 5'`);
	t.is(second.status, 5, second.stderr);
	t.regex(second.stdout, new RegExp(`${kept} +running`));
	t.true(second.stdout.endsWith('x\n'));
	t.deepEqual(await runProgram(program, ['-c', testLibvirtd().uri, 'exec', kept, 'cat'], {input: 'through exec'}), {
		status: 0,
		stdout: 'through exec',
		stderr: '',
	});
	t.deepEqual(await shell(`log ${kept} stdout; stop ${kept}`), {status: 0, stdout: 'from kept\n', stderr: ''});
	const last = await shell('list', '--output', 'json');
	t.false(last.stdout.includes(kept));
});

testWithLibvirtd('wait ends 1 when the sandbox still runs after its time, and for one that nobody knows', async (t) => {
	const name = nameOf('wait');
	const outcome = await shell(`new ${name}; set command /bin/sleep 100; start; wait --timeout 0.2`);
	t.is(outcome.status, 1);
	t.regex(outcome.stderr, new RegExp(`^error: Sandbox '${name}' still runs after 0.2 s\n`));
	t.like(await shell('wait nosuch-sandbox'), {status: 1});
});

testWithLibvirtd('a timeout of the definition ends a sandbox in the background', async (t) => {
	const name = nameOf('timeout');
	t.deepEqual(await shell(`new ${name}; set command /bin/sleep 100; set timeout 0.5; start; wait`), {
		status: 0,
		stdout: `Name:   ${name}\nStatus: 124\n`,
		stderr: '',
	});
});

testWithLibvirtd('log follows until the end, and filters by text', async (t) => {
	const name = nameOf('follow');
	const script = `new ${name}; set command /bin/sh -c 'for i in 1 2 3; do echo line $i; sleep 0.2; done'; start; log --follow --grep '[13]'; wait`;
	t.deepEqual(await shell(script), {status: 0, stdout: `stdout: line 1\nstdout: line 3\nName:   ${name}\nStatus: 0\n`, stderr: ''});
});

testWithLibvirtd('the log of a sandbox in the background is whole, however soon it ends', async (t) => {
	const name = nameOf('short');
	for (let round = 0; round < 6; round++) {
		t.like(await shell(`new ${name}; set command /bin/echo hello; start; wait; log ${name} stdout`), {
			status: 0,
			stdout: `Name:   ${name}\nStatus: 0\nhello\n`,
		});
	}
});

testWithLibvirtd('the log of a console that there is not names those that there are, also when the sandbox has ended', async (t) => {
	const name = nameOf('no-console');
	const refused = {
		status: 1,
		stderr: `error: Sandbox '${name}' has no console 'nosuch' that was captured\n  hint: There are: boot, stderr, stdout.\n`,
	};
	t.like(await shell(`new ${name} -- /bin/sleep 100; start; log ${name} nosuch`, '-q'), {
		status: 1,
		stderr: `${refused.stderr}warning: Ended with the session: ${name}\n`,
	});
	t.like(await shell(`new ${name} -- /bin/sleep 0.2; start; wait; log ${name} nosuch`), refused);
});

testWithLibvirtd('a timeout ends a kept sandbox too', async (t) => {
	const name = nameOf('kept-timeout');
	t.like(await shell(`new ${name}; set command /bin/sleep 100; set timeout 1; start --keep`), {status: 0});
	t.like(await shell(`wait ${name}`), {status: 0, stdout: `Name:   ${name}\nStatus: 124\n`});
});
