import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {promisify} from 'node:util';
import type {ExecutionContext} from 'ava';
import {testLibvirtd} from './libvirtd.ts';

const run = promisify(execFile);

export interface TestSshd {
	/** A URI of the driver that leads here by ssh; `parameters` come after the first one. */
	readonly uri: (driver: string, parameters?: string) => string;
	/** Holds `known_hosts`, `key` (let in), `stranger` (a key that is not) and `ssh_config`. */
	readonly directory: string;
	readonly port: number;
	/** The ssh that was started last. */
	readonly lastSsh: () => Promise<number>;
}

export interface SshdOptions {
	/** Programs that there are on the host; without it those of this one. */
	readonly programs?: readonly string[];
	/** Whether the libvirtd of the tests has the usual sockets there; default true. */
	readonly libvirtd?: boolean;
}

/** An sshd of this test alone, on a free port of the loopback, that leads to the libvirtd of the tests. Root only. */
export async function startSshd(t: ExecutionContext, {programs, libvirtd = true}: SshdOptions = {}): Promise<TestSshd> {
	const directory = await mkdtemp(join(tmpdir(), 'sshd-'));
	t.teardown(() => rm(directory, {recursive: true, force: true}));
	const port = await findPort();
	await Promise.all(['host', 'key', 'stranger'].map((name) => run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, name)])));
	await copyFile(join(directory, 'key.pub'), join(directory, 'authorized_keys'));
	await writeFile(join(directory, 'known_hosts'), `[127.0.0.1]:${port} ${await readFile(join(directory, 'host.pub'), 'utf8')}`);
	const path = programs === undefined ? '' : `SetEnv PATH=${await linkPrograms(directory, programs)}\n`;
	const config = join(directory, 'sshd_config');
	await writeFile(
		config,
		`Port ${port}\nListenAddress 127.0.0.1\nHostKey ${directory}/host\nPidFile none\nAuthorizedKeysFile ${directory}/authorized_keys
StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nPrintMotd no\n${path}`,
	);
	await writeSsh(directory);

	// Only this sshd sees the tests' sockets where libvirtd usually has them.
	const bind = libvirtd ? `mount --bind '${dirname(testLibvirtd().socket)}' /run/libvirt &&` : '';
	const script = `mkdir -p /run/sshd && ${bind} exec /usr/sbin/sshd -D -e -f '${config}'`;
	const child = spawn('unshare', ['--mount', '--propagation', 'slave', 'sh', '-c', script], {stdio: ['ignore', 'ignore', 'pipe']});
	let words = '';
	child.stderr.on('data', (text: Buffer) => {
		words += text.toString();
	});
	t.teardown(async () => {
		if (child.exitCode === null && child.signalCode === null) {
			child.kill('SIGTERM');
			await once(child, 'exit');
		}
	});
	await untilListening(port, () => words);
	return {
		directory,
		port,
		uri: (driver, parameters = '') => `${driver}+ssh://root@127.0.0.1:${port}/system?command=${encodeURIComponent(join(directory, 'ssh'))}${parameters}`,
		lastSsh: async () => Number(await readFile(join(directory, 'ssh.pid'), 'utf8')),
	};
}

/** An ssh that knows nothing of this user's keys and hosts, and leaves its pid. */
async function writeSsh(directory: string): Promise<void> {
	const config = join(directory, 'ssh_config');
	await writeFile(
		config,
		`UserKnownHostsFile ${directory}/known_hosts\nGlobalKnownHostsFile none\nIdentityFile ${directory}/key\nIdentitiesOnly yes\nIdentityAgent none\n`,
	);
	const ssh = join(directory, 'ssh');
	await writeFile(ssh, `#!/bin/sh\necho $$ >${directory}/ssh.pid\nexec ssh -F ${config} "$@"\n`);
	await chmod(ssh, 0o755);
}

async function linkPrograms(directory: string, programs: readonly string[]): Promise<string> {
	const bin = join(directory, 'bin');
	await mkdir(bin);
	for (const name of ['sh', 'grep', 'id', ...programs]) {
		const place = ['/usr/bin', '/bin', '/usr/sbin'].find((folder) => existsSync(join(folder, name)));
		await symlink(join(place ?? '/usr/bin', name), join(bin, name));
	}

	return bin;
}

/** A port that was free a moment ago. */
export async function findPort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => {
		server.listen(0, '127.0.0.1', resolve);
	});
	const address = server.address();
	await new Promise((resolve) => {
		server.close(resolve);
	});
	return typeof address === 'object' && address !== null ? address.port : 0;
}

async function untilListening(port: number, words: () => string): Promise<void> {
	for (let attempt = 0; attempt < 500; attempt++) {
		const socket = connect({port, host: '127.0.0.1'});
		try {
			await once(socket, 'connect');
			return;
		} catch {
			await wait(10);
		} finally {
			socket.destroy();
		}
	}

	throw new Error(`sshd does not listen on port ${port}: ${words()}`);
}
