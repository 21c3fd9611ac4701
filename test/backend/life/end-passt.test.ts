import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, existsSync, mkdtempSync, rmSync} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {endPasst} from '../../../src/backend/life/end-passt.ts';
import {within} from '../../../src/core/within.ts';
import {waitUntil} from '../../helpers/wait-until.ts';

const hasPasst = process.geteuid?.() === 0 && spawnSync('passt', ['--version']).status === 0;

/** As libvirt begins it for a machine. */
async function beginPasst(t: ExecutionContext, name: string) {
	const directory = mkdtempSync(join(tmpdir(), 'passt-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	chmodSync(directory, 0o777);
	const socket = join(directory, `7-${name}-net0.socket`);
	// Also where there is no network.
	const network = ['--ipv4-only', '--interface', 'lo', '--address', '10.1.1.2', '--netmask', '24', '--gateway', '10.1.1.1'];
	const child = spawn('passt', ['--foreground', '--one-off', '--socket', socket, ...network], {stdio: 'ignore'});
	const ended = once(child, 'exit');
	t.teardown(() => child.kill('SIGKILL'));
	await waitUntil(() => existsSync(socket), 'it listens');
	return {socket, ended, isThere: () => child.exitCode === null && child.signalCode === null};
}

(hasPasst ? test : test.skip)(
	'a passt that no machine has joined ends with what is left of that machine, one of another machine or with a QEMU does not',
	async (t) => {
		const name = `p${process.pid}`;
		const [waiting, other, joined] = await Promise.all([beginPasst(t, name), beginPasst(t, `${name}x`), beginPasst(t, name)]);
		const qemu = connect(joined.socket).on('error', () => undefined);
		t.teardown(() => qemu.destroy());
		await once(qemu, 'connect');
		await endPasst(name);
		t.true(await within(waiting.ended, 10_000));
		t.deepEqual([other.isThere(), joined.isThere()], [true, true]);
	},
);
