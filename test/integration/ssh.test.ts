import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {promisify} from 'node:util';
import type {ExecutionContext} from 'ava';
import {
	ConnectFailed,
	ConnectionLost,
	createFlags,
	LibvirtError,
	openConnection,
	type Connection,
	type LibvirtStream,
	type OpenOptions,
} from '../../src/backend/libvirt/index.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {findPort, startSshd} from '../helpers/sshd.ts';

const run = promisify(execFile);

const options: OpenOptions = {batch: true, timeoutMs: 20_000};

async function open(t: ExecutionContext, uri: string, more: OpenOptions = {}): Promise<Connection> {
	const connection = await openConnection(uri, {...options, ...more});
	t.teardown(() => connection.close());
	return connection;
}

function containerXml(name: string, script: string): string {
	return `<domain type='lxc'><name>${name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
		<os><type>exe</type><init>/usr/bin/busybox</init><initarg>sh</initarg><initarg>-c</initarg><initarg>${script}</initarg></os>
		<devices><filesystem type='mount'><source dir='/'/><target dir='/'/><readonly/></filesystem><console type='pty'/></devices></domain>`;
}

/** Reads until the text is there. */
async function readUntil(console: LibvirtStream, text: string): Promise<string> {
	let seen = '';
	for await (const chunk of console.iterator({destroyOnReturn: false})) {
		seen += String(chunk);
		if (seen.includes(text)) {
			return seen;
		}
	}

	throw new Error(`The console ended after '${seen}'`);
}

async function untilGone(pid: number): Promise<void> {
	for (let attempt = 0; attempt < 500; attempt++) {
		try {
			process.kill(pid, 0);
		} catch {
			return;
		}

		await wait(10);
	}

	throw new Error(`Process ${pid} is still there`);
}

for (const [driver, type, readonly] of [
	['lxc', 'LXC', false],
	['lxc', 'LXC', true],
	['qemu', 'QEMU', false],
] as const) {
	test(`over ssh ${driver} tells who it is and lists its domains${readonly ? ', read-only' : ''}`, async (t) => {
		t.timeout(60_000);
		const {uri} = await startSshd(t);
		const connection = await open(t, uri(driver), {readonly});
		t.is(await connection.getType(), type);
		t.regex(await connection.getCapabilities(), /^<capabilities>/);
		const local = await open(t, `${driver}:///system?socket=${testLibvirtd().socket}`);
		t.is(await connection.getHostname(), await local.getHostname());
		t.true(Array.isArray(await connection.listAllDomains()));
		if (readonly) {
			t.like(await t.throwsAsync(connection.createXml(containerXml('readonly', 'exit')), {instanceOf: LibvirtError}), {procedure: 'DOMAIN_CREATE_XML'});
		}
	});
}

test('over ssh a container is started, its console is typed at, and it ends with the connection', async (t) => {
	t.timeout(60_000);
	const {uri} = await startSshd(t);
	const connection = await open(t, uri('lxc'));
	const name = `ssh-${process.pid}`;
	const script = 'stty raw -echo; echo ready; read line; echo got $line; read end';
	const domain = await connection.createXml(containerXml(name, script), createFlags.autodestroy);
	const own = await open(t, uri('lxc'));
	const console = await own.openConsole(domain, undefined);
	t.is(await readUntil(console, 'ready\n'), 'ready\n');
	console.write('a line\n');
	t.is(await readUntil(console, '\n'), 'got a line\n');
	await console.abort();
	await own.close();
	const local = await open(t, testLibvirtd().uri);
	t.like(await local.lookupByName(name), {name});
	await connection.close();
	await t.throwsAsync(
		async () => {
			for (;;) {
				await local.lookupByName(name);
				await wait(10);
			}
		},
		{instanceOf: LibvirtError},
	);
});

test('over ssh much output arrives whole', async (t) => {
	t.timeout(60_000);
	const {uri} = await startSshd(t);
	const connection = await open(t, uri('lxc'));
	const lines = 100_000;
	const script = `stty raw -echo; echo ready; read go; seq ${lines}; read end`;
	const domain = await connection.createXml(containerXml(`ssh-much-${process.pid}`, script), createFlags.autodestroy);
	const own = await open(t, uri('lxc'));
	const console = await own.openConsole(domain, undefined);
	await readUntil(console, 'ready\n');
	console.write('go\n');
	t.is(await readUntil(console, `\n${lines}\n`), Array.from({length: lines}, (_, index) => `${index + 1}\n`).join(''));
	await console.abort();
	await own.close();
	await connection.destroy(domain);
});

test('calls fail when ssh is killed under them', async (t) => {
	t.timeout(60_000);
	const {uri, lastSsh} = await startSshd(t);
	const connection = await open(t, uri('lxc'));
	const ssh = await lastSsh();
	process.kill(ssh, 'SIGSTOP');
	const calling = connection.getCapabilities();
	process.kill(ssh, 'SIGKILL');
	await t.throwsAsync(calling, {instanceOf: ConnectionLost, message: /was ended by SIGKILL$/});
	t.is((await connection.closed).kind, 'socket');
	await untilGone(ssh);
});

test('a host that is silent is noticed', async (t) => {
	t.timeout(60_000);
	const {uri, lastSsh} = await startSshd(t);
	const connection = await open(t, uri('lxc'), {keepalive: {intervalMs: 50, count: 3}});
	const ssh = await lastSsh();
	process.kill(ssh, 'SIGSTOP');
	t.is((await connection.closed).kind, 'keepalive');
	process.kill(ssh, 'SIGCONT');
	await untilGone(ssh);
});

test('ssh ends with a program that is killed', async (t) => {
	t.timeout(60_000);
	const {uri, lastSsh} = await startSshd(t);
	const client = new URL('../../src/backend/libvirt/index.js', import.meta.url).href;
	const script = `const {openConnection} = await import(${JSON.stringify(client)}); await openConnection(${JSON.stringify(uri('lxc'))}, {batch: true}); console.log('open')`;
	const child = spawn(process.execPath, ['--input-type=module', '-e', script], {stdio: ['ignore', 'pipe', 'inherit']});
	t.teardown(() => child.kill('SIGKILL'));
	await once(child.stdout, 'data');
	child.kill('SIGKILL');
	await untilGone(await lastSsh());
	t.pass();
});

test('without batch ssh asks on the terminal whether to take a host key, and for a passphrase', async (t) => {
	t.timeout(60_000);
	const {uri, directory} = await startSshd(t);
	await rm(join(directory, 'known_hosts'));
	await run('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret', '-f', join(directory, 'key')]);
	const client = new URL('../../src/backend/libvirt/index.js', import.meta.url).href;
	await writeFile(
		join(directory, 'open.mjs'),
		`const {openConnection} = await import(${JSON.stringify(client)});
		const connection = await openConnection(${JSON.stringify(uri('lxc'))}, {timeoutMs: 100});
		console.log('in', await connection.getType());
		await connection.close();`,
	);
	const terminal = openTerminal(process.execPath, [join(directory, 'open.mjs')], {columns: 200});
	t.teardown(() => terminal.close());
	await terminal.see('Are you sure you want to continue connecting');
	terminal.type('yes\r');
	await terminal.see('Enter passphrase');
	terminal.type('secret\r');
	await terminal.see('in LXC');
	t.is(await terminal.exit(), 0);
});

test('a key that is not let in is told', async (t) => {
	t.timeout(60_000);
	const {uri, directory} = await startSshd(t);
	await rm(join(directory, 'key'));
	const error = await t.throwsAsync(openConnection(uri('lxc', `&keyfile=${directory}/stranger`), options), {instanceOf: ConnectFailed});
	t.is(error.problem, 'auth');
	t.regex(error.message, /^root@127\.0\.0\.1:\d+ does not let you in: root@127\.0\.0\.1: Permission denied \(publickey\)/);
});

test('keyfile= names the key', async (t) => {
	t.timeout(60_000);
	const {uri, directory} = await startSshd(t);
	await writeFile(join(directory, 'ssh_config'), `UserKnownHostsFile ${directory}/known_hosts\nIdentitiesOnly yes\nIdentityAgent none\n`);
	const connection = await open(t, uri('lxc', `&keyfile=${directory}/key`));
	t.is(await connection.getType(), 'LXC');
});

test('a host that ssh does not know is told, and taken with no_verify', async (t) => {
	t.timeout(60_000);
	const {uri, directory, port} = await startSshd(t);
	await rm(join(directory, 'known_hosts'));
	t.like(await t.throwsAsync(openConnection(uri('lxc'), options), {instanceOf: ConnectFailed}), {
		problem: 'auth',
		message: `ssh does not know the host key of root@127.0.0.1:${port}`,
	});
	const connection = await open(t, uri('lxc', '&no_verify=1'));
	t.is(await connection.getType(), 'LXC');
});

test('a host with another key is told', async (t) => {
	t.timeout(60_000);
	const {uri, directory, port} = await startSshd(t);
	await writeFile(join(directory, 'known_hosts'), `[127.0.0.1]:${port} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n`);
	t.like(await t.throwsAsync(openConnection(uri('lxc'), options), {instanceOf: ConnectFailed}), {
		problem: 'auth',
		message: `root@127.0.0.1:${port} has another host key than the one that ssh knows for it`,
	});
});

test('a host that takes no ssh is told', async (t) => {
	const port = await findPort();
	const error = await t.throwsAsync(openConnection(`lxc+ssh://127.0.0.1:${port}/system`, options), {instanceOf: ConnectFailed});
	t.is(error.problem, 'socket');
	t.regex(error.message, /^No ssh connection to 127\.0\.0\.1:\d+: .*Connection refused$/);
});

test('nc is used on a host without virt-ssh-helper', async (t) => {
	t.timeout(60_000);
	const {uri, lastSsh} = await startSshd(t, {programs: ['nc']});
	const connection = await open(t, uri('lxc'));
	t.is(await connection.getType(), 'LXC');
	t.regex(await connection.getCapabilities(), /^<capabilities>/);
	await connection.close();
	await untilGone(await lastSsh());
});

for (const [name, programs, parameters] of [
	['virt-ssh-helper', undefined, ''],
	['nc', undefined, '&proxy=netcat'],
] as const) {
	test(`socket= is a path of that host for ${name}`, async (t) => {
		t.timeout(60_000);
		const {uri} = await startSshd(t, {libvirtd: false, ...(programs === undefined ? {} : {programs})});
		const connection = await open(t, uri('lxc', `&socket=${testLibvirtd().socket}${parameters}`));
		t.is(await connection.getType(), 'LXC');
	});
}

test('a host without virt-ssh-helper and nc is told', async (t) => {
	t.timeout(60_000);
	const {uri, port} = await startSshd(t, {programs: []});
	t.like(await t.throwsAsync(openConnection(uri('lxc'), options), {instanceOf: ConnectFailed}), {
		problem: 'start',
		message: `root@127.0.0.1:${port} has no way to its libvirtd: neither virt-ssh-helper nor nc is installed`,
		hint: 'Install virt-ssh-helper there, which comes with libvirt-daemon',
	});
});

for (const parameters of ['', '&proxy=netcat']) {
	test(`a host whose libvirtd does not run is told${parameters}`, async (t) => {
		t.timeout(60_000);
		const {uri} = await startSshd(t, {libvirtd: false});
		const error = await t.throwsAsync(openConnection(uri('lxc', parameters), options), {instanceOf: ConnectFailed});
		t.is(error.problem, 'socket');
		t.regex(error.message, /^libvirtd does not answer on root@127\.0\.0\.1:\d+: .*\/libvirt-sock/);
		t.is(error.hint, 'Start libvirtd on 127.0.0.1');
	});
}
