import test from 'ava';
import {commands} from '../../src/commands/table.ts';
import {breakLine} from '../../src/shell/help.ts';
import {tokenise} from '../../src/shell/language/tokenise.ts';
import {absentSandboxes, runInMemory, type MemoryShellOptions} from '../shell/memory-shell.ts';
import {fakeSandboxes} from './fake-sandboxes.ts';

const options: MemoryShellOptions = {
	files: {'/home/me/setup.vs': 'echo set up\n', '/home/me/web.xml': '<domain/>\n'},
	yes: true,
	sandboxes: fakeSandboxes({stdout: 'out\n', status: 0}),
};
/** These need a terminal, or say what a fake cannot know. */
const elsewhere = new Set(['console']);
const definitions = 'new web; set command /bin/true; ';

for (const command of commands) {
	for (const [line] of command.examples ?? []) {
		if (elsewhere.has(command.name)) {
			continue;
		}
		test(`the example of ${command.name} runs: ${line}`, async (t) => {
			// What an example of a running sandbox leaves out: the current one.
			const script = line.includes('new ') ? line : definitions + line;
			const text = await runInMemory(script, options);
			t.is(text.status, 0, text.stderr);
			t.regex(text.stderr, /^(warning: No label here\n)*$/);
			const json = await runInMemory(script, {...options, output: 'json'});
			t.is(json.status, 0, json.stderr);
			checkJson(t, json.stdout, ['table', 'record', 'document', 'changes', 'output', 'exit']);
			checkJson(t, json.stderr, ['notice', 'progress']);
		});
	}
}

function checkJson(t: import('ava').ExecutionContext, text: string, kinds: readonly string[]): void {
	for (const line of text.split('\n').slice(0, -1)) {
		const value: unknown = JSON.parse(line);
		const {v, kind} = value as {v: unknown; kind: string};
		t.is(v, 1);
		t.true(kinds.includes(kind), line);
	}
	t.true(text === '' || text.endsWith('\n'));
}

test('every command has a help page with its name, synopsis and examples', async (t) => {
	for (const command of commands) {
		const {stdout, status} = await runInMemory(`help ${command.name}`);
		t.is(status, 0);
		t.true(stdout.startsWith(`NAME\n  ${command.name} - `), stdout);
		t.true(stdout.includes('\nSYNOPSIS\n'));
		t.true(stdout.includes('\nEXAMPLES\n'));
	}
});

test('no example of a help page is wider than a terminal, and as it is broken it is the same line', async (t) => {
	const words = (text: string) => tokenise(text).statements.map((statement) => statement.words.map((word) => word.text));
	for (const [line] of commands.flatMap(({examples}) => examples ?? [])) {
		const broken = breakLine(line);
		t.deepEqual(words(broken.join('\n')), words(line));
		t.deepEqual(
			broken.filter((each) => each.length > 78),
			[],
		);
	}
	t.deepEqual(breakLine("new web; set command 'a b' c", 20), ['new web; set \\', "    command 'a b' \\", '    c']);
});

test('the table of commands is sound', async (t) => {
	t.deepEqual(await runInMemory('self-test'), {status: 0, stdout: `${commands.length} commands: the table is sound\n`, stderr: ''});
});

const gives = test.macro({
	async exec(t, line: string, stdout: string, more: MemoryShellOptions = {}) {
		t.deepEqual(await runInMemory(line, {...options, ...more}), {status: 0, stdout, stderr: ''});
	},
	title: (_, line) => `prints what ${JSON.stringify(line)} gives`,
});

test('run with a command and without -- says how', async (t) => {
	const {status, stderr} = await runInMemory('new web; run ls', options);
	t.deepEqual({status, stderr}, {status: 125, stderr: "error: No definition is named 'ls'\n  hint: A command stands after --: 'run -- ls'.\n"});
});

test(gives, "new web; xml --xpath '//memory/@unit'", "unit='KiB'\n");
test(gives, 'new web; set memory 64M; xml --xpath //memory --wrap', "<nodes>\n  <memory unit='KiB'>65536</memory>\n</nodes>\n");
test(gives, "new web; xml --xpath 'count(//memory)'", '1\n');
test(gives, 'new web; xml --xpath //nothing', '');
test(gives, 'xml web', "<domain type='lxc' id='7'>\n  <name>web</name>\n</domain>\n");
test(gives, 'dumpxml web --xpath //name', '<name>web</name>\n');
test(gives, 'dumpxml web --path /domain/name', '  <name>web</name>\n');

test(gives, 'echo a  b', 'a b\n');
test(gives, `echo --shell "it's" 'a b' c`, "'it'\\''s' 'a b' c\n");
test(gives, "echo --xml '<a & b>'", '&lt;a &amp; b&gt;\n');
test(gives, 'echo a --xml "<"', 'a &lt;\n');
test(gives, 'echo -- --xml "<"', '--xml <\n');
test(gives, 'echo', '\n');
test(gives, 'pwd; cd /srv; pwd; cd; pwd', '/home/me\n/srv\n/home/me\n');
test(gives, 'source setup.vs; echo done', 'set up\ndone\n');
test(gives, 'echo a; quit; echo b', 'a\n');
test(gives, 'new web; set memory 1G; undo', '- web: memory: 1G  (next start)\n');
test(gives, 'new web; set memory 1G; undo; redo', '- web: memory: 1G  (next start)\n+ web: memory: 1G  (next start)\n');
test(gives, 'new web; undo', '- definition web: defined\n');
test(gives, 'new a; set vcpus 2; set vcpus 3; changes', '+ vcpus: 3  (next start)\n');
test(gives, 'new a; delete a; undo; xml', '+ definition a: defined\n<domain><name>a</name></domain>\n');
test(gives, 'new a; rename a b; xml; xml b', '<domain><name>b</name></domain>\n<domain><name>b</name></domain>\n');
test(gives, 'new a; copy a b; set name c; xml', '<domain><name>c</name></domain>\n');
test(
	gives,
	'new a; mount ram:/x=1M; mount ram:/x=2M ram:/y=1M; umount /y; mount',
	' Target   Value       Origin\n-----------------------------------------------\n /x       ram:/x=2M   mount ram:/x=2M ram:/y=1M\n',
);
test(gives, 'new a; user nobody; user; user default; user', 'User:    nobody\nDefault: caller\nUser:    -\nDefault: caller\n');
test(gives, 'new a; network dhcp; network --none; network', 'no network\n');
test(gives, 'uri; connect qemu:///system; uri', 'test:///none\nqemu:///system\n');
test(gives, 'connect far; uri; new a; set uri far; unset uri', 'qemu+ssh://far/system\n');
test('relative paths start at the directory of the session', async (t) => {
	const {stdout} = await runInMemory('new a; mount host-bind:/x=data; cd /srv; mount host-bind:/y=data; mount', {...options, output: 'json'});
	t.deepEqual((JSON.parse(stdout) as {rows: unknown}).rows, [
		{target: '/x', value: 'host-bind:/x=/home/me/data', origin: 'mount host-bind:/x=data'},
		{target: '/y', value: 'host-bind:/y=/srv/data', origin: 'mount host-bind:/y=data'},
	]);
});

const fails = test.macro({
	async exec(t, line: string, status: number, stderr: string, more: MemoryShellOptions = {}) {
		t.deepEqual(await runInMemory(line, {...options, ...more}), {status, stdout: '', stderr});
	},
	title: (_, line, status, stderr) => `ends ${status} on ${JSON.stringify(line)}: ${String(stderr).split('\n')[0] ?? ''}`,
});

test(fails, 'set memory 1G', 1, "error: No sandbox is current\n  hint: Make one with 'new NAME', or choose one with 'use NAME'.\n");
test(fails, 'new web; use wbe', 1, "error: No definition is named 'wbe'\n  hint: Did you mean 'web'?\n");
test(fails, 'use web', 1, "error: No definition is named 'web'\n  hint: Make it with 'new web'.\n");
test(fails, 'new a; new a', 1, "error: A definition named 'a' already exists\n  hint: Choose it with 'use a', or remove it with 'delete a'.\n");
test(fails, 'new a; umount /x', 1, "error: There is no mount on '/x'\n  hint: The definition has none.\n");
test(fails, 'undo', 1, 'error: There is nothing to undo\n');
test(fails, 'new a; redo', 1, 'error: There is nothing to redo\n');
test(fails, 'cd /nosuch', 1, "error: Cannot change to '/nosuch': no such file or directory\n");
test(fails, 'source nosuch.vs', 1, "error: Cannot read the script 'nosuch.vs': no such file or directory\n");
test(fails, 'profile load untrustd', 1, "error: No profile is named 'untrustd'\n  hint: Did you mean 'untrusted'?\n");
test(
	fails,
	'new a; profile save a; profile delete a',
	1,
	"error: Delete the profile 'a' (/home/me/.config/virt-sandbox/profiles/a.json)?\n  hint: Nobody can be asked here: give --yes.\n",
	{
		yes: false,
	},
);
test(fails, 'profile delete shell', 1, "error: The profile 'shell' is not your own\n  hint: Only profiles that you saved can be deleted here.\n");
test(fails, 'list', 3, 'error: No libvirtd here\n  hint: This is a test.\n', {sandboxes: absentSandboxes});
test(fails, 'new a; run', 125, "error: The sandbox 'a' has no command\n  hint: Give it one with 'set command …', or write it after --.\n");

const profile = (name: string, text: string) => ({[`/home/me/.config/virt-sandbox/profiles/${name}.json`]: text});
test(fails, 'profile load p', 1, "error: The profile 'p' is broken: line 1: ValueExpected\n  hint: Fix the file, or delete it.\n", {
	files: profile('p', '{"version": '),
});
test(
	fails,
	'profile load p',
	1,
	"error: The profile 'p' has version 9, and this program knows 1\n  hint: The file is left as it is; use a later virt-sandbox-shell.\n",
	{
		files: profile('p', '{"version": 9, "sandbox": {"new": 1}}'),
	},
);
test(fails, 'profile load p', 1, "error: The profile 'p' has the unknown key 'memry'\n  hint: Did you mean 'memory'?\n", {
	files: profile('p', '{"version": 1, "sandbox": {"memry": "1G"}}'),
});
test(fails, 'profile load p', 1, "error: The profile 'p' is broken: it is nested too deeply\n  hint: Fix the file, or delete it.\n", {
	files: profile('p', `{"version": 1, "sandbox": {"mounts": ${'['.repeat(100_000)}`),
});
test(
	fails,
	'profile load p0',
	1,
	"error: The profile 'p0' includes more than 200 others\n  hint: Each counts as often as it is included: take includes out.\n",
	{
		files: Object.assign(
			profile('p30', '{"version": 1}'),
			...Array.from({length: 30}, (_, index) => profile(`p${index}`, `{"version": 1, "include": ["p${index + 1}", "p${index + 1}"]}`)),
		),
	},
);
test(fails, 'profile load p', 1, "error: The profile 'p' includes itself: p → p\n  hint: Take one of the includes out.\n", {
	files: profile('p', '{"version": 1, "include": ["p"]}'),
});

test('--keep-going runs on and ends with the first failure', async (t) => {
	t.deepEqual(await runInMemory('use a; echo b; cd /nosuch; echo c', {keepGoing: true}), {
		status: 1,
		stdout: 'b\nc\n',
		stderr: "error: No definition is named 'a'\n  hint: Make it with 'new a'.\nerror: Cannot change to '/nosuch': no such file or directory\n",
	});
});

test('a script stops at the first failure, which names its line', async (t) => {
	t.deepEqual(await runInMemory('echo a\nuse b\necho c', {name: 's.vs'}), {
		status: 1,
		stdout: 'a\n',
		stderr: "error: s.vs:2:1: No definition is named 'b'\n  hint: Make it with 'new b'.\n",
	});
});
