import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {endPasst} from '../../../src/backend/life/end-passt.ts';
import {readOrEmpty} from '../../../src/backend/host/read-or-empty.ts';
import {waitUntil} from '../../helpers/wait-until.ts';

const hasPasst = process.geteuid?.() === 0 && spawnSync('passt', ['--version']).status === 0;

/** As libvirt begins it for a machine. */
function beginPasst(t: ExecutionContext, name: string) {
	const directory = mkdtempSync(join(tmpdir(), 'passt-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	chmodSync(directory, 0o777);
	const socket = join(directory, `7-${name}-net0.socket`);
	// Also where there is no network.
	const network = ['--ipv4-only', '--interface', 'lo', '--address', '10.1.1.2', '--netmask', '24', '--gateway', '10.1.1.1'];
	const noted = join(directory, 'pid');
	// It goes on by itself, in a pid namespace of its own.
	t.is(spawnSync('passt', ['--one-off', '--socket', socket, '--pid', noted, ...network], {stdio: 'ignore'}).status, 0);
	const pid = Number(readFileSync(noted, 'utf8'));
	const isThere = (): boolean => existsSync(`/proc/${pid}`) && !/\) Z /.test(readOrEmpty(`/proc/${pid}/stat`));
	t.teardown(() => isThere() && process.kill(pid, 'SIGKILL'));
	return {socket, isThere};
}

(hasPasst ? test : test.skip)(
	'a passt that no machine has joined ends with what is left of that machine, one of another machine or with a QEMU does not',
	async (t) => {
		const name = `p${process.pid}`;
		const [waiting, other, joined] = [beginPasst(t, name), beginPasst(t, `${name}x`), beginPasst(t, name)];
		t.true([waiting, other, joined].every(({isThere}) => isThere()));
		const qemu = connect(joined.socket).on('error', () => undefined);
		t.teardown(() => qemu.destroy());
		await once(qemu, 'connect');
		await endPasst(name);
		await waitUntil(() => !waiting.isThere(), 'it has ended');
		t.deepEqual([other.isThere(), joined.isThere()], [true, true]);
	},
);
