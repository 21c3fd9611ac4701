// Networks of machines, from inside and from outside.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createConnection} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {isDeepStrictEqual} from 'node:util';
import type {ExecutionContext} from 'ava';
import {ifThere} from '../../src/backend/host/files/if-there.ts';
import {openFiles, readLimits} from '../../src/backend/host/process-bounds.ts';
import type {RunningProcess} from '../../src/backend/host/processes.ts';
import {findQemus} from '../../src/backend/machine/machine-process.ts';
import {openConnection} from '../../src/backend/libvirt/index.ts';
import {readLog} from '../../src/backend/session/capture/read-log.ts';
import {findSandbox} from '../../src/backend/session/find-sandbox.ts';
import {followEvents} from '../../src/live/domain-events.ts';
import type {DomainEvent} from '../../src/commands/sandboxes.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {parseNetwork} from '../../src/spec/parse/parse-network.ts';
import {listAllProcesses} from '../helpers/all-processes.ts';
import {container, machine, runAlone} from '../helpers/backends.ts';
import {rootCaller} from '../helpers/caller.ts';
import {execIn} from '../helpers/kept.ts';
import {testMachineUri, testWithMachines, testWithUserMachines} from '../helpers/machine.ts';
import {programPath, runProgram, startProgram, type Running} from '../helpers/run-program.ts';
import {makeUser, type OrdinaryUser} from '../helpers/ordinary-user.ts';
import {waitUntil} from '../helpers/wait-until.ts';

const onSession = ['-c', 'qemu:///session', '--accel', 'tcg'];
const look = 'ip -4 -o addr show | tr -s " " | cut -d" " -f2,4; ip route | sort; cat /etc/resolv.conf';

testWithMachines('two interfaces: a lease, and an address, a route, a MAC address and a name server as they were given', async (t) => {
	const networks = ['dhcp', 'address=10.9.8.7/24,route=10.1.0.0/16%10.9.8.1,mac=52:54:00:00:00:77,dns=10.1.2.3'].map((words) => parseNetwork(words));
	const {status, stdout} = await runAlone(machine, t, ['sh', '-c', `${look}; cat /sys/class/net/eth1/address`], {networks});
	t.is(status, 0);
	for (const line of [
		/^eth0 192\.168\.122\.\d+\/24$/m,
		/^eth1 10\.9\.8\.7\/24$/m,
		/^default via 192\.168\.122\.1 dev eth0/m,
		/^10\.1\.0\.0\/16 via 10\.9\.8\.1 dev eth1/m,
		/^nameserver 10\.1\.2\.3\n52:54:00:00:00:77\n$/m,
	]) {
		t.regex(stdout, line);
	}
});

testWithMachines('a machine, another one and a container ping each other, as an ordinary user too', async (t) => {
	const at = (last: number) => [parseNetwork(`address=192.168.122.${last}/24`)];
	const command = ['sleep', '600'];
	const [first] = await Promise.all([
		machine.start(t, {command, networks: at(241)}),
		machine.start(t, {command, networks: at(242)}),
		container.start(t, {command, networks: at(243)}),
	]);
	for (const user of ['root', 'nobody']) {
		const script = 'for last in 242 243; do ping -q -c 1 -W 20 192.168.122.$last >/dev/null && echo $last; done';
		t.deepEqual(await execIn(first, ['sh', '-c', script], {user}), {status: 0, stdout: '242\n243\n', stderr: ''});
	}
});

testWithMachines('a network that is not there, or whose set-up fails, is a fault', async (t) => {
	await t.throwsAsync(runAlone(machine, t, ['true'], {networks: [parseNetwork('dhcp,source=no-such-network')]}), {
		message: "libvirt has no network 'no-such-network'",
	});
	await t.throwsAsync(runAlone(machine, t, ['true'], {networks: [parseNetwork('address=10.77.0.2/24,route=10.9.0.0/16%10.88.0.1')]}), {
		message: /^The guest could not set up its network: a route was refused/,
	});
	await t.throwsAsync(runAlone(machine, t, ['true'], {networks: [parseNetwork('forward=8080')]}), {message: /^Ports are forwarded by passt alone/});
});

testWithMachines("the resolver's file is the host's where there is no network, and one that was mounted stays", async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'resolver-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const own = join(directory, 'resolv.conf');
	writeFileSync(own, 'nameserver 10.9.9.9\n');
	const command = ['cat', '/etc/resolv.conf'];
	t.is((await runAlone(machine, t, command)).stdout, readFileSync('/etc/resolv.conf', 'utf8'));
	const mounts = [parseMount(`host-bind:/etc/resolv.conf=${own},ro`)];
	t.is((await runAlone(machine, t, command, {mounts, networks: [parseNetwork('user')]})).stdout, 'nameserver 10.9.9.9\n');
});

function userOf(t: ExecutionContext): OrdinaryUser {
	const user = makeUser();
	t.teardown(() => user.end());
	return user;
}

testWithUserMachines("an ordinary user's network is QEMU's own: slirp where passt has no route to take over, and then no ports are forwarded", async (t) => {
	const user = userOf(t);
	const {status, stdout} = await user.run('virt-sandbox', [...onSession, '-N', 'dhcp', '--', 'sh', '-c', look]);
	t.is(status, 0);
	t.regex(stdout, /^eth0 10\.0\.2\.15\/24$/m);
	t.regex(stdout, /^default via 10\.0\.2\.2 dev eth0/m);
	t.regex(stdout, /^nameserver 10\.0\.2\.3$/m);
	const refused = await user.run('virt-sandbox', [...onSession, '-N', 'forward=8080', '--', 'true']);
	t.is(refused.status, 125);
	t.regex(refused.stderr, /^virt-sandbox: Ports are forwarded by passt alone, (?:which is not installed|and this host has no default route)\n {2}hint: /);
});

testWithMachines("root's machine has QEMU's own network where it is asked for", async (t) => {
	const {stdout} = await runAlone(machine, t, ['sh', '-c', look], {networks: [parseNetwork('user')]});
	t.regex(stdout, /^eth0 10\.0\.2\.15\/24$[^]*^default via 10\.0\.2\.2 dev eth0/m);
});

const forwarded = ['-N', 'forward=8088:8000', '--', 'sh', '-c', 'echo up; exec busybox nc -ll -p 8000 -e /bin/echo hello from the guest'];

testWithUserMachines('a port of the host leads to one of a machine, by passt', async (t) => {
	const user = userOf(t);
	const [file, words] = user.as('virt-sandbox', [...onSession, ...forwarded]);
	await answersOnPort(t, () => startProgram(file, words, {input: '', environment: user.environment, cwd: '/'}));
});

testWithMachines("a port of the host leads to one of root's machine, by passt", (t) =>
	answersOnPort(t, () => startProgram(programPath('virt-sandbox'), ['-c', testMachineUri(), '--accel', 'tcg', ...forwarded], {input: ''})),
);

testWithMachines('the end of passt under a machine is told: in the foreground, by an event, in the log of one that is kept', async (t) => {
	if (!makeRoute(t)) return;
	const name = `passt-${process.pid}`;
	const words = ['-c', testMachineUri(), '--accel', 'tcg', '--name', name, ...forwarded];
	const [program, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];
	const told = 'passt, which was the network of the machine, has ended: connections are cut, and forwarded ports lead nowhere';
	const running = startProgram(program, words, {input: ''});
	await running.says('up');
	const event = await nextEvent(t, name, () => killPasst(name));
	t.like(event, {name, event: 'network-lost'});
	running.child.kill('SIGTERM');
	const {status, stderr} = await running.ended;
	t.is(status, 143);
	t.true(stderr.startsWith(`virt-sandbox: ${told} (`), stderr);

	t.like(await runProgram(program, ['--keep', ...words]), {status: 0});
	t.teardown(() => runProgram(shell, ['-q', '-c', testMachineUri(), `destroy ${name}`]));
	const log = readLog(findSandbox(name, rootCaller).statePath, {follow: true, console: 'stderr'});
	const first = log.next();
	killPasst(name);
	t.like((await first).value, {text: `[${told}]`});
});

testWithMachines("a machine's connections by a user network are bounded: by passt, by the one that takes its place, and by QEMU itself", async (t) => {
	/** The hard limit: the soft one may have been lower. */
	const mostOf = ({pid}: {readonly pid: number}) => ifThere(() => readLimits(pid)[openFiles]?.[1]);
	const slirp = await machine.start(t, {command: ['sleep', '600'], networks: [parseNetwork('user')]});
	const [qemu] = findQemus(findSandbox(slirp.name, rootCaller, slirp.uri).record);
	t.truthy(qemu);
	await waitUntil(() => qemu !== undefined && mostOf(qemu) === 4096, 'the connections of QEMU are bounded');
	if (!makeRoute(t)) return;
	const name = `bound-${process.pid}`;
	const running = startProgram(programPath('virt-sandbox'), ['-c', testMachineUri(), '--accel', 'tcg', '--name', name, ...forwarded], {input: ''});
	t.teardown(() => running.child.kill('SIGTERM'));
	const isBound = (): boolean => isDeepStrictEqual(findPassts(name).map(mostOf), [4096]);
	await running.says('up');
	await waitUntil(isBound, 'the connections of passt are bounded');
	const [first] = findPassts(name);
	killPasst(name);
	await waitUntil(() => findPassts(name).some(({pid}) => pid !== first?.pid), 'libvirt has begun another one');
	await waitUntil(isBound, 'and those of the next');
	running.child.kill('SIGTERM');
	t.like(await running.ended, {status: 143});
});

async function answersOnPort(t: ExecutionContext, start: () => Running): Promise<void> {
	if (!makeRoute(t)) return;
	const {child, says, ended} = start();
	let isOver = false;
	void ended.then(() => (isOver = true));
	// What connects before the guest's network is there waits for long.
	await says('up');
	let answer = '';
	while (answer === '' && !isOver) {
		answer = await ask(8088);
		await wait(100);
	}
	t.is(answer, 'hello from the guest\n');
	const second = await start().ended;
	t.is(second.status, 125);
	t.regex(second.stderr, /^virt-sandbox: Port 8088 of this host cannot be forwarded: Address already in use\n/);
	child.kill('SIGTERM');
	t.deepEqual(await ended, {status: 143, stdout: 'up\n', stderr: ''});
}

/** passt takes over the host's address and default route, which the test bed does not have. False: it is not installed. */
function makeRoute(t: ExecutionContext): boolean {
	if (process.env['CI'] !== 'true' && !isInstalled('passt')) {
		t.pass('passt is not installed');
		return false;
	}
	ip('link add mn0 type veth peer name mn1');
	t.teardown(() => ip('link del mn0'));
	ip('addr add 10.99.0.2/24 dev mn0');
	ip('link set mn0 up');
	ip('link set mn1 up');
	ip('route add default via 10.99.0.1 dev mn0');
	return true;
}

/** The first event of a machine after something was done; other tests have machines, too. */
async function nextEvent(t: ExecutionContext, machineName: string, act: () => void): Promise<DomainEvent | undefined> {
	const connection = await openConnection(testMachineUri());
	t.teardown(() => connection.close());
	for await (const event of followEvents(connection, {uri: testMachineUri(), signal: AbortSignal.timeout(30_000), onReady: act})) {
		if (event.name === machineName) return event;
	}
	return undefined;
}

function findPassts(machineName: string): RunningProcess[] {
	return listAllProcesses().filter(({words}) => words[0] === 'passt' && words.some((word) => word.endsWith(`-${machineName}-net0.socket`)));
}

function killPasst(machineName: string): void {
	for (const {pid} of findPassts(machineName)) process.kill(pid, 'SIGKILL');
}

function ip(words: string): void {
	execFileSync('ip', words.split(' '));
}

function isInstalled(program: string): boolean {
	try {
		execFileSync('which', [program]);
		return true;
	} catch {
		return false;
	}
}

/** What a port of this host says; nothing where nobody is there. */
async function ask(port: number): Promise<string> {
	const socket = createConnection({port, host: '127.0.0.1'});
	socket.setTimeout(3000, () => socket.destroy());
	let answer = '';
	try {
		for await (const chunk of socket) answer += (chunk as Buffer).toString();
	} catch {
		// Nobody listens yet, here or in the guest.
	}
	return answer;
}
