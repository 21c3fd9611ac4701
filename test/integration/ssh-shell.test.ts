import {createFlags, openConnection} from '../../src/backend/libvirt/index.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {programPath, startProgram} from '../helpers/run-program.ts';
import {startSshd} from '../helpers/sshd.ts';

test('the shell lists, tells about and shows XML, over ssh', async (t) => {
	t.timeout(60_000);
	const {uri} = await startSshd(t);
	const local = await openConnection(testLibvirtd().uri, {timeoutMs: 10_000});
	t.teardown(() => local.close());
	const name = `ssh-shell-${process.pid}`;
	await local.createXml(
		`<domain type='lxc'><name>${name}</name><memory unit='MiB'>64</memory><os><type>exe</type><init>/usr/bin/busybox</init>
		<initarg>sh</initarg><initarg>-c</initarg><initarg>trap exit TERM; sleep 1000 &amp; wait</initarg></os>
		<devices><filesystem type='mount'><source dir='/'/><target dir='/'/><readonly/></filesystem><console type='pty'/></devices></domain>`,
		createFlags.autodestroy,
	);
	for (const [line, wanted] of [
		['list --all', new RegExp(`${name} .*running`)],
		['new web; xml', /<domain type='lxc'>[^]*<name>web<\/name>/],
		[`info ${name}`, new RegExp(`${name}[^]*running`)],
		['capabilities', /<capabilities>/],
	] as const) {
		const {status, stdout, stderr} = await startProgram(programPath('virt-sandbox-shell'), ['-c', uri('lxc'), line], {input: ''}).ended;
		t.is(stderr, '', line);
		t.is(status, 0, line);
		t.regex(stdout, wanted);
	}
});

test('a sandbox on another host is refused with the reason', async (t) => {
	const {status, stdout, stderr} = await startProgram(programPath('virt-sandbox'), ['-c', 'lxc+ssh://far.example/system', '--', 'true'], {input: ''}).ended;
	t.deepEqual(
		{status, stdout, stderr},
		{
			status: 125,
			stdout: '',
			stderr: 'virt-sandbox: A sandbox cannot be started at lxc+ssh://far.example/system: the init and pipes of its command lie in a directory of this host, which far.example does not see\n  hint: Run virt-sandbox on far.example itself; from here list, info, xml and capabilities can be used.\n',
		},
	);
});

test('another host that cannot be reached is told, with status 3', async (t) => {
	const {status, stdout, stderr} = await startProgram(programPath('virt-sandbox-shell'), ['-c', 'lxc+ssh://127.0.0.1:1/system', 'list'], {input: ''}).ended;
	t.deepEqual({status, stdout}, {status: 3, stdout: ''});
	t.regex(stderr, /^error: No ssh connection to 127\.0\.0\.1:1: .*Connection refused\n {2}hint: Check whether 127\.0\.0\.1 is up/);
});
