import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {endPasst} from '../../../src/backend/machine/end-passt.ts';
import {readOrEmpty} from '../../../src/backend/host/files/read-or-empty.ts';
import {waitUntil} from '../../helpers/wait-until.ts';

const hasPasst = process.geteuid?.() === 0 && spawnSync('passt', ['--version']).status === 0;
const uri = 'qemu:///system';

/** Where a libvirtd has its machines. */
function makePlace(t: ExecutionContext): string {
	const place = mkdtempSync(join(tmpdir(), 'passt-'));
	t.teardown(() => rmSync(place, {recursive: true, force: true}));
	chmodSync(place, 0o755);
	mkdirSync(join(place, 'passt'));
	chmodSync(join(place, 'passt'), 0o777);
	return place;
}

/** A libvirtd that runs, and began by then. */
async function runDaemon(t: ExecutionContext, place: string, {atSeconds}: {readonly atSeconds: number}): Promise<void> {
	const program = join(place, 'libvirtd');
	copyFileSync('/bin/sh', program);
	chmodSync(program, 0o755);
	const daemon = spawn(program, ['-c', 'echo; read line'], {stdio: ['pipe', 'pipe', 'inherit']});
	t.teardown(() => daemon.kill('SIGKILL'));
	await once(daemon.stdout, 'data');
	writeFileSync(join(place, 'driver.pid'), String(daemon.pid));
	utimesSync(join(place, 'driver.pid'), atSeconds, atSeconds);
}

/** As libvirt has it begun for a machine: by its id, the part of its name that libvirt writes, its network. */
function socketOf(place: string, shortName: string, id = 7): string {
	return join(place, 'passt', `${id}-${shortName}-net0.socket`);
}

function beginPasst(t: ExecutionContext, socket: string) {
	// Also where there is no network.
	const network = ['--ipv4-only', '--interface', 'lo', '--address', '10.1.1.2', '--netmask', '24', '--gateway', '10.1.1.1'];
	const noted = `${socket}.pid`;
	// It goes on by itself, in a pid namespace of its own.
	t.is(spawnSync('passt', ['--one-off', '--socket', socket, '--pid', noted, ...network], {stdio: 'ignore'}).status, 0);
	const pid = Number(readFileSync(noted, 'utf8'));
	const isThere = (): boolean => existsSync(`/proc/${pid}`) && !/\) Z /.test(readOrEmpty(`/proc/${pid}/stat`));
	t.teardown(() => isThere() && process.kill(pid, 'SIGKILL'));
	return {isThere};
}

/** Something that listens as passt does, and notes who joins it. */
async function listen(t: ExecutionContext, socket: string): Promise<{readonly isJoined: () => boolean}> {
	let isJoined = false;
	const server = createServer((joined) => {
		isJoined = true;
		joined.destroy();
	});
	t.teardown(() => server.close());
	server.listen(socket);
	await once(server, 'listening');
	return {isJoined: () => isJoined};
}

(hasPasst ? test : test.skip)(
	'a passt that no machine has joined ends with what is left of that machine, one of another machine or with a QEMU does not',
	async (t) => {
		const place = makePlace(t);
		const joinedSocket = socketOf(place, 'web', 8);
		const [waiting, other, joined] = [beginPasst(t, socketOf(place, 'web')), beginPasst(t, socketOf(place, 'web2')), beginPasst(t, joinedSocket)];
		t.true([waiting, other, joined].every(({isThere}) => isThere()));
		const qemu = connect(joinedSocket).on('error', () => undefined);
		t.teardown(() => qemu.destroy());
		await once(qemu, 'connect');
		await endPasst({name: 'web', uri}, place);
		await waitUntil(() => !waiting.isThere(), 'it has ended');
		t.deepEqual([other.isThere(), joined.isThere()], [true, true]);
	},
);

test('that of a machine is found whose name is longer than what libvirt writes of it', async (t) => {
	const place = makePlace(t);
	const names = ['job-for-the-nightly-build', 'job-für-den-nächsten-Morgen', 'job-for-the-nightly-'];
	for (const name of names) {
		const left = await listen(t, socketOf(place, Array.from(name).slice(0, 20).join(''), names.indexOf(name)));
		await endPasst({name, uri}, place);
		t.true(left.isJoined(), name);
	}
});

test('the network of a machine that just starts by a libvirtd that runs is left alone, whatever its name is', async (t) => {
	const place = makePlace(t);
	const starting = await listen(t, socketOf(place, 'job-for-the-nightly-'));
	await runDaemon(t, place, {atSeconds: 1});
	await endPasst({name: 'job-for-the-nightly-build', uri}, place);
	t.false(starting.isJoined());
});

test('what a libvirtd left ends although another one has begun since', async (t) => {
	const place = makePlace(t);
	const left = await listen(t, socketOf(place, 'web'));
	await runDaemon(t, place, {atSeconds: Date.now() / 1000 + 10});
	await endPasst({name: 'web', uri}, place);
	t.true(left.isJoined());
});

test('a libvirtd that was killed, whose pid is another process’s by now, counts for none', async (t) => {
	const place = makePlace(t);
	writeFileSync(join(place, 'driver.pid'), String(process.pid));
	utimesSync(join(place, 'driver.pid'), 1, 1);
	const left = await listen(t, socketOf(place, 'web'));
	await endPasst({name: 'web', uri}, place);
	t.true(left.isJoined());
});

test('what begins to listen a moment later ends too', async (t) => {
	const place = makePlace(t);
	const ending = endPasst({name: 'web', uri}, place);
	const late = await listen(t, socketOf(place, 'web'));
	await ending;
	t.true(late.isJoined());
});
