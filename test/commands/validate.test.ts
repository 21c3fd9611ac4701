import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import test from 'ava';
import {openChecker} from '../../src/backend/xml/schema/check-document.ts';
import type {XmlFault} from '../../src/backend/xml/scan/scanned.ts';
import {ShellError} from '../../src/core/errors.ts';
import {changeHostFile} from '../../src/shell/change-host-file.ts';
import {openLibvirtChecker} from '../helpers/broken-domains.ts';
import {absentSandboxes, createMemoryShell, runInMemory, type MemoryShellOptions} from '../shell/memory-shell.ts';
import {fakeSandboxes} from './fake-sandboxes.ts';

const checker = openLibvirtChecker();
const sandboxes = {
	...absentSandboxes,
	checkDocument: (text: string) => Promise.resolve({faults: checker.check(text), lacking: undefined}),
};

/** Two faults of the schema, each of which has one mend. */
const broken = `<domain type='lxc'>
  <name>web</name>
  <memroy unit='KiB'>65536</memroy>
  <os>
    <type>exe</type>
    <init>/bin/true</init>
  </os>
  <on_reboot>destory</on_reboot>
</domain>
`;
const mended = broken.replaceAll('memroy', 'memory').replace('destory', 'destroy');
/** The last fault has no mend. */
const hopeless = broken.replace('<os>', '<os nosuch="1">').replace("type='lxc'", "type='cxl12345'");

const filesOf = (text: string) => ({files: {'/home/me/web.xml': text}, sandboxes});

test('each fault of a file has its place, its line and its cure', async (t) => {
	t.deepEqual(await runInMemory('validate --file web.xml', filesOf(broken)), {
		status: 1,
		stderr: "error: 'web.xml' has 2 faults\n",
		stdout: `web.xml:3:3: error: <memroy> has no place in <domain>
    <memroy unit='KiB'>65536</memroy>
    ^~~~~~~
  cure: <memory>
web.xml:8:14: error: <on_reboot> may not be 'destory'
    <on_reboot>destory</on_reboot>
               ^~~~~~~
  cure: destroy
`,
	});
	t.deepEqual(await runInMemory('validate --file web.xml', {...filesOf(mended), chatty: true}), {
		status: 0,
		stderr: "'web.xml' has no faults\n",
		stdout: '',
	});
});

test('in JSON the faults are a table, which is empty where there are none', async (t) => {
	const rowsOf = async (text: string) => {
		const {stdout} = await runInMemory('validate --file web.xml', {...filesOf(text), output: 'json'});
		return (JSON.parse(stdout) as {kind: string; rows: unknown[]}).rows;
	};
	t.deepEqual(await rowsOf(broken), [
		{
			line: 3,
			column: 3,
			path: '/domain/memroy',
			culprit: 'memroy',
			message: '<memroy> has no place in <domain>',
			cure: '<memory>',
			source: 'schema',
			level: 'error',
		},
		{
			line: 8,
			column: 14,
			path: '/domain/on_reboot',
			culprit: 'destory',
			message: "<on_reboot> may not be 'destory'",
			cure: 'destroy',
			source: 'schema',
			level: 'error',
		},
	]);
	t.deepEqual(await rowsOf(mended), []);
});

test('--fix shows a patch, and --write changes the file and keeps the old text', async (t) => {
	const {shell, streams, host} = createMemoryShell(filesOf(broken));
	const run = async (text: string) => shell.run(await shell.parse({text, name: undefined}), new AbortController().signal);
	const read = async (path: string) => Buffer.from(await host.readFile(path)).toString();
	t.is(await run('validate --file web.xml --fix'), 1);
	t.is(await read('web.xml'), broken);
	const patch = streams().stdout;
	t.is(
		patch,
		`--- web.xml
+++ web.xml
@@ -1,9 +1,9 @@
 <domain type='lxc'>
   <name>web</name>
-  <memroy unit='KiB'>65536</memroy>
+  <memory unit='KiB'>65536</memory>
   <os>
     <type>exe</type>
     <init>/bin/true</init>
   </os>
-  <on_reboot>destory</on_reboot>
+  <on_reboot>destroy</on_reboot>
 </domain>
`,
	);
	t.is(await run('validate --file web.xml --fix --write'), 0);
	t.deepEqual([await read('web.xml'), await read('web.xml.orig')], [mended, broken]);
	t.is(streams().stdout, patch + patch);
});

test('what cannot be mended is told of what is mended', async (t) => {
	const {status, stdout, stderr} = await runInMemory('validate --file web.xml --fix', filesOf(hopeless));
	t.is(status, 1);
	t.is(stderr, "error: 'web.xml', mended as far as it can be, has 2 faults\n");
	t.is(
		stdout.slice(stdout.indexOf('web.xml:')),
		`web.xml:1:9: error: <domain> may not have type='cxl12345'
    <domain type='cxl12345'>
            ^~~~~~~~~~~~~~~
  cure: type is qemu, kqemu, kvm, xen, lxc, uml, openvz, test, …
web.xml:4:7: error: <os> has no attribute 'nosuch'
    <os nosuch="1">
        ^~~~~~~~~~
  cure: it may have firmware
`,
	);
});

const tells = test.macro({
	async exec(t, line: string, status: number, stderr: string, more: MemoryShellOptions = {}) {
		t.deepEqual(await runInMemory(line, {...filesOf(broken), ...more}), {status, stdout: '', stderr});
	},
	title: (_, line, _status, stderr) => `${line}: ${String(stderr).split('\n')[0] ?? ''}`,
});

const withoutSchema = {
	sandboxes: {...sandboxes, checkDocument: () => Promise.resolve({faults: openChecker(undefined).check(mended), lacking: 'There is no schema'})},
};
test(tells, 'validate --file web.xml', 0, 'warning: There is no schema\n  hint: Only the syntax and our rules are checked.\n', withoutSchema);
test(tells, 'validate --file absent.xml', 1, "error: Cannot read 'absent.xml': no such file or directory\n");
test(tells, 'validate -', 1, "error: Standard input is empty\n  hint: Pipe a document in: virsh dumpxml NAME | virt-sandbox-shell 'validate -'.\n");
test(tells, 'validate', 1, "error: No sandbox is current\n  hint: Make one with 'new NAME', or choose one with 'use NAME'.\n");
test(tells, 'validate ./web', 2, "error: line 1, column 10: './web' is the name of a file\n  hint: Write validate --file ./web.\n");
test(tells, 'validate web.xml', 2, "error: line 1, column 10: 'web.xml' is the name of a file\n  hint: Write validate --file web.xml.\n");
test(tells, 'validate --file web.xml --write', 2, 'error: line 1, column 25: --write has no meaning without --fix\n  hint: Write --fix --write.\n');
test(tells, 'validate --fix --write', 2, 'error: line 1, column 16: --write needs a file\n  hint: Name it with --file FILE.\n');
test(tells, 'validate web --file web.xml', 2, 'error: line 1, column 21: --file and a name exclude each other\n  hint: Give one of them.\n');
test(tells, 'validate --file web.xml', 1, "error: 'web.xml' is larger than 4 MiB: libvirt takes no such document\n", filesOf(' '.repeat(4 * 1024 * 1024 + 1)));
test(
	tells,
	'new a; validate --fix',
	1,
	"error: The XML of 'a' is made from its definition: there is nothing to patch\n  hint: Change the definition; 'validate' without --fix tells what is wrong.\n",
	{sandboxes: fakeSandboxes()},
);

test('a file with bytes that are no UTF-8 is not written', async (t) => {
	const text = `${mended.replace("type='lxc'", "type='lxc'id='1'")}<!-- \xff -->`;
	const {shell, streams, host} = createMemoryShell(filesOf(text));
	t.is(await shell.run(await shell.parse({text: 'validate --file web.xml --fix --write', name: undefined}), new AbortController().signal), 1);
	t.is(streams().stderr, "error: 'web.xml' has bytes that are no UTF-8, and stays as it is\n  hint: Save it as UTF-8 first.\n");
	t.is(Buffer.from(await host.readFile('web.xml')).toString('latin1'), text);
});

test('a definition that breaks a rule tells the cure', async (t) => {
	t.deepEqual(await runInMemory('new a; include /etc/x=/y; validate', {sandboxes: fakeSandboxes()}), {
		status: 1,
		stdout: "error: The include target '/etc/x' lies below no mount\n  cure: Copy it below /tmp, as /tmp/x, or mount something writable that holds it\n",
		stderr: "error: The definition 'a' has 1 fault\n",
	});
});

test('a changed file keeps its mode and its link, and never loses what has the name of its old text', async (t) => {
	const directory = mkdtempSync(`${tmpdir()}/change-file-`);
	t.teardown(() => rmSync(directory, {recursive: true}));
	const file = `${directory}/web.xml`;
	writeFileSync(file, 'old');
	chmodSync(file, 0o640);
	symlinkSync('web.xml', `${directory}/link.xml`);
	t.is(await changeHostFile(`${directory}/link.xml`, 'old', 'new'), `${file}.orig`);
	const texts = () => Object.fromEntries(readdirSync(directory).map((name) => [name, readFileSync(`${directory}/${name}`, 'utf8')]));
	t.deepEqual(texts(), {'link.xml': 'new', 'web.xml': 'new', 'web.xml.orig': 'old'});
	t.deepEqual([statSync(file).mode & 0o777, statSync(`${file}.orig`).mode & 0o777], [0o640, 0o640]);
	await t.throwsAsync(changeHostFile(file, 'new', 'newer'), {code: 'EEXIST'});
	t.deepEqual(texts(), {'link.xml': 'new', 'web.xml': 'new', 'web.xml.orig': 'old'});
});

test('a file that is another one by now stays as it is', async (t) => {
	const directory = mkdtempSync(`${tmpdir()}/change-file-`);
	t.teardown(() => rmSync(directory, {recursive: true}));
	const file = `${directory}/web.xml`;
	writeFileSync(file, 'secret');
	await t.throwsAsync(changeHostFile(file, 'read before', 'new'), {code: 'refused', message: /has changed since it was read/});
	writeFileSync(`${directory}/other`, 'read before');
	rmSync(file);
	symlinkSync('other', file);
	t.is(await changeHostFile(file, 'read before', 'new'), `${directory}/other.orig`);
	t.deepEqual(readdirSync(directory).toSorted(), ['other', 'other.orig', 'web.xml']);
});

test('whoever may change the directory meanwhile gets no other file changed', async (t) => {
	const directory = mkdtempSync(`${tmpdir()}/change-file-`);
	t.teardown(() => rmSync(directory, {recursive: true}));
	const [file, victim] = [`${directory}/web.xml`, `${directory}/victim`];
	writeFileSync(victim, 'secret', {mode: 0o600});
	// Puts a link to the victim in the place of whatever is new.
	const attack = `for my $name (map { "$ARGV[0]/web.xml.$_" } "$ARGV[1].new", "orig") {
		next if fork;
		alarm 20;
		1 until rename($name, "$name.taken") && symlink "$ARGV[0]/victim", $name;
		sleep 20;
	}
	print "begins\\n"; wait; wait`;
	for (let turn = 0; turn < 5; turn++) {
		for (const name of readdirSync(directory)) if (name !== 'victim') rmSync(`${directory}/${name}`);
		writeFileSync(file, 'old', {mode: 0o666});
		chmodSync(file, 0o666);
		const attacker = spawn('perl', ['-e', `$| = 1; ${attack}`, directory, String(process.pid)], {detached: true, stdio: ['ignore', 'pipe', 'inherit']});
		await once(attacker.stdout, 'data');
		await changeHostFile(file, 'old', 'new').catch(() => undefined);
		process.kill(-(attacker.pid ?? 0), 'SIGKILL');
		t.is(readFileSync(victim, 'utf8'), 'secret');
		t.is(statSync(victim).mode & 0o777, 0o600);
	}
});

test('a definition is told all that its start would lack, and once what stops its plan', async (t) => {
	const missing = {level: 'error', message: 'The host has no /a', hint: 'Make it first.'} as const;
	const few = {level: 'warning', message: 'The sandbox is to have 9 CPUs, and this host has 8', hint: 'set vcpus 8'} as const;
	const all = (lacks: typeof missing | typeof few, ...more: Array<typeof missing | typeof few>) => ({
		...fakeSandboxes(),
		lacks: () => Promise.resolve([lacks, ...more]),
		plan: () => Promise.reject(new ShellError('not-found', missing.message, {hint: 'Make it first; an empty source is a temporary directory.'})),
	});
	const told = 'warning: The sandbox is to have 9 CPUs, and this host has 8\n  cure: set vcpus 8\n';
	t.deepEqual(await runInMemory('new a; validate', {sandboxes: all(missing, few)}), {
		status: 1,
		stdout: `error: The host has no /a\n  cure: Make it first.\n${told}`,
		stderr: "error: The definition 'a' has 1 fault\n",
	});
	t.deepEqual(await runInMemory('new a; validate', {sandboxes: all(few)}), {
		status: 1,
		stdout: `${told}error: The host has no /a\n  cure: Make it first; an empty source is a temporary directory.\n`,
		stderr: "error: The definition 'a' has 1 fault\n",
	});
	t.deepEqual(await runInMemory('new a; validate', {sandboxes: {...fakeSandboxes(), lacks: () => Promise.resolve([few])}, chatty: true}), {
		status: 0,
		stdout: told,
		stderr: "Sandbox 'a' defined\nThe definition 'a' has no faults\n",
	});
});

test('a document that means something else is faulty, what a host lacks and what is worth knowing are no faults', async (t) => {
	const fault = (source: XmlFault['source'], level: NonNullable<XmlFault['level']>): XmlFault => ({
		source,
		level,
		start: 0,
		end: 7,
		culprit: '<domain',
		message: 'It is so',
		cure: 'do this',
	});
	const run = (...faults: XmlFault[]) =>
		runInMemory('validate --file web.xml', {
			...filesOf(mended),
			sandboxes: {...sandboxes, checkDocument: () => Promise.resolve({faults, lacking: undefined})},
		});
	const excerpt = "    <domain type='lxc'>\n    ^~~~~~~\n  cure: do this\n";
	t.deepEqual(await run(fault('rule', 'warning')), {
		status: 1,
		stdout: `web.xml:1:1: warning: It is so\n${excerpt}`,
		stderr: "error: 'web.xml' has 1 fault\n",
	});
	t.deepEqual(await run(fault('host', 'error'), fault('host', 'warning')), {
		status: 1,
		stdout: `web.xml:1:1: error: It is so\n${excerpt}web.xml:1:1: warning: It is so\n${excerpt}`,
		stderr: "error: 'web.xml' has 1 fault\n",
	});
	t.deepEqual(await run(fault('host', 'warning'), fault('rule', 'info')), {
		status: 0,
		stdout: `web.xml:1:1: warning: It is so\n${excerpt}web.xml:1:1: info: It is so\n${excerpt}`,
		stderr: '',
	});
});
