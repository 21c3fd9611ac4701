import test from 'ava';
import type {Sandboxes} from '../../src/commands/sandboxes.ts';
import {runInMemory, type MemoryShellOptions} from '../shell/memory-shell.ts';
import {fakeSandboxes, type FakeCommand} from './fake-sandboxes.ts';

const does = test.macro({
	async exec(
		t,
		line: string,
		expected: {status?: number; stdout?: string; stderr?: string; calls?: readonly string[]; command?: FakeCommand; options?: MemoryShellOptions},
	) {
		const calls: string[] = [];
		const outcome = await runInMemory(line, {sandboxes: fakeSandboxes(expected.command, calls), ...expected.options});
		t.deepEqual(
			{...outcome, calls},
			{status: expected.status ?? 0, stdout: expected.stdout ?? '', stderr: expected.stderr ?? '', calls: [...(expected.calls ?? [])]},
		);
	},
	title: (_, line, expected) => `does ${JSON.stringify(line)}${JSON.stringify(expected).includes('"output":"json"') ? ' in JSON' : ''}`,
});

const run = {status: 3, stdout: 'out\n', stderr: 'err\n', calls: ['close']};
test(does, 'new t; run -- /bin/true', run);
test(does, 'new t; set command /bin/true; run; echo after', run);
test(does, 'new t; run -- /bin/true; echo after', {...run, status: 0, stdout: 'out\nafter\n', command: {stdout: 'out\n', stderr: 'err\n', status: 0}});
test(does, 'new t; run -- x', {
	status: 3,
	calls: ['close'],
	options: {output: 'json'},
	stdout: '{"v":1,"kind":"output","stream":"stdout","data":"b3V0Cg=="}\n{"v":1,"kind":"exit","status":3}\n',
	stderr: '{"v":1,"kind":"notice","level":"info","code":"defined","message":"Sandbox \'t\' defined"}\n',
	command: {stdout: 'out\n', status: 3},
});
test(does, 'new t; set timeout 0.05; run -- sleep', {status: 124, calls: ['kill 15', 'close'], command: {}});
test(does, 'exec web ls -l', {...run, calls: ['exec web ls -l']});
test(does, 'exec web kill', {
	status: 137,
	stderr: 'status 137 (signal KILL)\n',
	calls: ['exec web kill'],
	command: {status: 137},
	options: {interactive: true, chatty: true},
});
test(does, 'exec web true', {calls: ['exec web true'], command: {status: 0}, options: {interactive: true, chatty: true}});
test(does, 'exec web --cwd /tmp --env A=1 -- ls', {...run, calls: ['exec web ls']});
test(does, 'exec wbe ls', {status: 125, stderr: "error: No sandbox named 'wbe' runs\n  hint: These run: web.\n"});
test(does, 'destroy wbe', {status: 1, stderr: "error: No sandbox named 'wbe' runs\n  hint: These run: web.\n"});
test(does, 'new web; set command /bin/x; start', {calls: ['start web client'], stderr: 'warning: No label here\n'});
test(does, 'new web; set command /bin/x; start --keep', {calls: ['start web keep'], stderr: 'warning: No label here\n'});
test(does, 'new web; set command /bin/x; set lifetime keep; start web', {calls: ['start web keep'], stderr: 'warning: No label here\n'});
test(does, 'new web; start', {status: 1, stderr: "error: The sandbox 'web' has no command\n  hint: Give it one with 'set command …'.\n"});
test(does, 'stop web', {calls: ['stop web 2000']});
test(does, 'shutdown web --time 0.5', {calls: ['stop web 500']});
test(does, 'new web; stop; destroy; suspend; resume', {calls: ['stop web 2000', 'destroy web', 'suspend web', 'resume web']});
test(does, 'signal web hup; signal web SIGTERM; signal web 9', {calls: ['signal web 1', 'signal web 15', 'signal web 9']});
test(does, 'wait web', {stdout: 'Name:   web\nStatus: 0\n'});
test(does, 'log web', {stdout: 'stdout: an error \u001b[31mred\nstderr: fine\n'});
test(does, 'log web --grep error', {stdout: 'stdout: an error \u001b[31mred\n'});
test(does, 'log web --time --grep fine', {stdout: '1970-01-01T00:00:01.000Z stderr: fine\n'});
test(does, 'log web --grep fine', {
	options: {output: 'json'},
	stdout: '{"v":1,"kind":"record","type":"line","fields":{"time":"1970-01-01T00:00:01.000Z","console":"stderr","text":"fine"}}\n',
});
test(does, 'events --count 1', {stdout: '1970-01-01T00:00:00.000Z  web  started\n'});
test(does, 'list --all', {
	stdout: ` Id   Name           State      Current   Changed   URI
---------------------------------------------------------------
 7    web            running              no        lxc:///system
 -    other\\x1b[2J   shut off             no        lxc:///system
`.replace(/-{10,}/, '-'.repeat(65)),
});
test(does, 'networks', {
	options: {output: 'json'},
	stdout: `${JSON.stringify({
		v: 1,
		kind: 'table',
		columns: [{name: 'name'}, {name: 'state'}, {name: 'bridge'}, {name: 'forward'}, {name: 'dhcp'}, {name: 'uuid'}],
		rows: [{name: 'default', state: 'inactive', bridge: 'virbr0', forward: 'nat', dhcp: true, uuid: 'u'}],
	})}\n`,
});
test(does, 'networks start lab', {calls: ['start network lab']});
test(does, 'networks start default', {calls: ['start network default']});
test(does, 'consoles web', {
	stdout: ' Name     Kind                    State\n------------------------------------------\n stdout   output of the command   captured\n',
});
test(does, 'doctor', {
	stdout: 'missing  machine kvm: there is no /dev/kvm\n         modprobe kvm_intel\n',
});
test(does, 'console web', {status: 1, stderr: "error: There is no terminal to attach\n  hint: 'log' prints what a console said.\n"});

test(does, 'new web; xml --causes', {
	stdout: [
		'<domain>                              <!-- a fake -->',
		'  <name>web</name>                    <!-- name -->',
		"  <memory unit='KiB'>524288</memory>  <!-- a fake -->",
		'</domain>',
		'',
	].join('\n'),
});
test(does, 'new web; xml --running', {stdout: "<domain type='lxc' id='7'>\n  <name>web</name>\n</domain>\n"});
test('wait tells of the memory that was used up', async (t) => {
	const sandboxes = {...fakeSandboxes(), wait: () => Promise.resolve({status: 137, outOfMemory: 65_536})};
	t.deepEqual(await runInMemory('wait web', {sandboxes}), {
		status: 0,
		stdout: 'Name:   web\nStatus: 137\n',
		stderr: 'error: The command was killed: the sandbox had used up its memory of 64M\n  hint: Start it with more --memory; files in a ram count too.\n',
	});
});
test('run tells what is said while its command runs', async (t) => {
	const sandboxes: Sandboxes = {
		...fakeSandboxes({status: 3}),
		async start(spec, calling) {
			const sandbox = await fakeSandboxes({status: 3}).start(spec, calling);
			return {
				...sandbox,
				close() {
					calling.voice.notice('error', 'network-lost', 'passt has ended');
					return sandbox.close();
				},
			};
		},
	};
	t.like(await runInMemory('new web; run -- x', {sandboxes}), {status: 3, stderr: 'error: passt has ended\n'});
});
test('the XML of a sandbox that this session started is that of libvirt, until its definition changes', async (t) => {
	const sandboxes = {...fakeSandboxes(), living: () => ['web']};
	const {stdout} = await runInMemory('new web; set command /bin/x; start; xml; xml --plan; set command /bin/y; xml', {sandboxes});
	const [running, plan] = ["<domain type='lxc' id='7'>\n  <name>web</name>\n</domain>\n", '<domain><name>web</name></domain>\n'];
	t.is(stdout.replaceAll(/^[+~].*\n/gm, ''), running + plan + plan);
});
test(does, 'new web; xml --path /domain/memory', {stdout: "  <memory unit='KiB'>524288</memory>\n"});
test(does, 'new web; xml --path /domain/nothing', {
	status: 1,
	stderr: "error: The XML has nothing at /domain/nothing\n  hint: With --output json, 'xml --causes' tells the path of every line.\n",
});

for (const line of ['stop web', 'new t; run -- x', 'exec web ls', 'destroy web', 'suspend web', 'resume web', 'signal web 1', 'clean']) {
	test(`a read-only session refuses ${line}`, async (t) => {
		const {Session} = await import('../../src/commands/session.ts');
		const calls: string[] = [];
		const {status, stderr} = await runInMemory(line, {session: new Session({readonly: true}), sandboxes: fakeSandboxes(undefined, calls)});
		t.true(status === 1 || status === 125);
		t.regex(stderr, /^error: The session is read-only\n/);
		t.deepEqual(calls, []);
	});
}
