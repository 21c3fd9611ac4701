import {execFile} from 'node:child_process';
import {chmod, mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import type {ExecutionContext} from 'ava';
import {writeRemoteCommand} from '../../../../src/backend/libvirt/transport/remote-command.ts';
import {parseUri} from '../../../../src/backend/libvirt/transport/uri.ts';

const run = promisify(execFile);

/** A remote host's PATH with these programs, which print how they were called, and what the shell needs. */
async function makeHost(t: ExecutionContext, programs: readonly string[]): Promise<{readonly directory: string; readonly bin: string}> {
	const directory = await mkdtemp(join(tmpdir(), 'remote-'));
	t.teardown(() => rm(directory, {recursive: true, force: true}));
	const bin = join(directory, 'bin');
	await mkdir(bin);
	for (const name of ['sh', 'grep', 'id']) {
		await symlink(`/usr/bin/${name}`, join(bin, name));
	}

	for (const name of programs) {
		// As OpenBSD's nc does for its option without an argument.
		const script = `#!/bin/sh\nif [ "$*" = -q ]; then echo "nc: option requires an argument -- 'q'" >&2; exit 1; fi\nprintf '<%s>' ${name} "$@"\n`;
		await writeFile(join(bin, name), script);
		await chmod(join(bin, name), 0o755);
	}

	return {directory, bin};
}

async function call(uri: string, bin: string, {readonly = false, environment = {}} = {}): Promise<string> {
	const {stdout} = await run('/bin/sh', ['-c', writeRemoteCommand(parseUri(uri), {readonly})], {env: {...environment, PATH: bin}, timeout: 10_000});
	return stdout;
}

const helped = test.macro({
	async exec(t, uri: string, options: {readonly readonly?: boolean}, words: string) {
		const {bin} = await makeHost(t, ['virt-ssh-helper', 'nc']);
		t.is(await call(uri, bin, options), words);
	},
	title: (title, uri: string) => `virt-ssh-helper is given ${uri}${title === undefined ? '' : `: ${title}`}`,
});

test(helped, 'lxc+ssh://host', {}, '<virt-ssh-helper><lxc:///system>');
test(helped, 'qemu+ssh://me@host:7/session?keyfile=/k&x=1', {}, '<virt-ssh-helper><qemu:///session>');
test(helped, 'qemu+ssh://host/system?mode=legacy', {}, '<virt-ssh-helper><qemu:///system?mode=legacy>');
test(helped, 'lxc+ssh://host/system?socket=/a%20b/$(id)', {}, '<virt-ssh-helper><lxc:///system?socket=%2Fa%20b%2F%24(id)>');
test(helped, "lxc+ssh://host/system?socket=/a'b", {}, "<virt-ssh-helper><lxc:///system?socket=%2Fa'b>");
test(helped, 'test+ssh://host/a$(id)`id`"b\\c', {}, '<virt-ssh-helper><test:///a$(id)`id`"b\\c>');
test(helped, 'lxc+ssh://host/system?name=qemu:///session', {}, '<virt-ssh-helper><qemu:///session>');
test(helped, 'lxc+ssh://host/system?proxy=native', {}, '<virt-ssh-helper><lxc:///system>');
test('read-only', helped, 'lxc+ssh://host/system', {readonly: true}, '<virt-ssh-helper><-r><lxc:///system>');

/** A socket file. */
async function listen(t: ExecutionContext, path: string): Promise<void> {
	const server = createServer();
	await new Promise<void>((resolve) => {
		server.listen(path, resolve);
	});
	t.teardown(() => server.close());
}

for (const parameter of ['', '&proxy=netcat', '&netcat=nc']) {
	test(`nc is given the socket where there is no virt-ssh-helper or ${parameter}`, async (t) => {
		const {directory, bin} = await makeHost(t, ['nc', ...(parameter === '' ? [] : ['virt-ssh-helper'])]);
		const path = join(directory, "so'c $(id) k");
		await listen(t, path);
		t.is(await call(`lxc+ssh://host/system?socket=${encodeURIComponent(path)}${parameter}`, bin), `<nc><-q0><-U><${path}>`);
	});
}

test('nc takes the first socket that a session has', async (t) => {
	const {directory, bin} = await makeHost(t, ['nc']);
	await mkdir(join(directory, 'libvirt'));
	const path = join(directory, 'libvirt', 'libvirt-sock');
	await listen(t, path);
	t.is(await call('qemu+ssh://host/session', bin, {environment: {XDG_RUNTIME_DIR: directory}}), `<nc><-q0><-U><${path}>`);
});

const fails = test.macro({
	async exec(t, uri: string, programs: readonly string[], stderr: string, code: number) {
		const {bin} = await makeHost(t, programs);
		t.like(await t.throwsAsync(call(uri, bin)), {stderr, code});
	},
	title: (title) => `a remote host ${title ?? ''} tells it`,
});

test('without socket', fails, 'lxc+ssh://host/system?socket=/no/sock', ['nc'], 'no socket of libvirtd: /no/sock does not exist\n', 1);
test('without virt-ssh-helper and nc', fails, 'lxc+ssh://host', [], 'neither virt-ssh-helper nor nc is installed\n', 127);
test('without virt-ssh-helper alone', fails, 'lxc+ssh://host/system?proxy=native', ['nc'], 'virt-ssh-helper is not installed\n', 127);
