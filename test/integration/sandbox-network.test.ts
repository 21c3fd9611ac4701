import {execFile, execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {promisify} from 'node:util';
import ava from 'ava';
import {ShellError} from '../../src/core/errors.ts';
import {parseInclude} from '../../src/spec/parse/parse-include.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {parseNetwork} from '../../src/spec/parse/parse-network.ts';
import {container, machine, testEach} from '../helpers/backends.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testWithMachines} from '../helpers/machine.ts';
import {finish, runInSandbox, silentVoice, startTestSandbox} from '../helpers/run-sandbox.ts';

const run = promisify(execFile);
// Without a wait: AVA takes the tests of the imported suite as they come.
const hasNetwork = isDefaultActive();
const test = hasNetwork || process.env['CI'] === 'true' ? testWithLibvirtd : ava.skip;

// busybox's own ping wants rights that no sandbox gives.
const testWithPing = existsSync('/usr/bin/ping') || process.env['CI'] === 'true' ? test : ava.skip;

function isDefaultActive(): boolean {
	try {
		const names = execFileSync('virsh', ['-c', testLibvirtd().uri, 'net-list', '--name'], {
			timeout: 10_000,
			encoding: 'utf8',
			stdio: ['ignore', 'pipe', 'ignore'],
		});
		return names.split('\n').includes('default');
	} catch {
		return false;
	}
}

async function networkOf(): Promise<string> {
	const {stdout} = await run('virsh', ['-c', testLibvirtd().uri, 'net-dumpxml', 'default'], {timeout: 10_000});
	return /<ip address='(\d+\.\d+\.\d+)\.1'/.exec(stdout)?.[1] ?? '';
}

test('without a network there is only the loopback', async (t) => {
	const {stdout} = await runInSandbox(t, ['ls', '/sys/class/net']);
	t.is(stdout, 'lo\n');
});

test('a lease gives an address, a route and a name server, and the host’s own resolv.conf stays', async (t) => {
	const prefix = await networkOf();
	const {stdout, status} = await runInSandbox(
		t,
		['sh', '-c', 'ip -4 -o addr show dev eth0; ip route; cat /etc/resolv.conf; grep Cap /proc/self/status | grep -E "Bnd|Eff"'],
		{networks: [parseNetwork('dhcp')]},
	);
	t.is(status, 0);
	t.regex(stdout, new RegExp(`inet ${prefix}\\.\\d+/24`));
	t.regex(stdout, new RegExp(`default via ${prefix}\\.1 dev eth0`));
	t.regex(stdout, new RegExp(`^nameserver ${prefix}\\.1$`, 'm'));
	t.regex(stdout, /CapEff:\t00000000000005fb\nCapBnd:\t00000000000005fb\n$/);
});

test('a fixed address, route and name server are set up', async (t) => {
	const prefix = await networkOf();
	const network = parseNetwork(`address=${prefix}.250/24,route=10.9.0.0/16%${prefix}.1`);
	const {stdout, stderr, status} = await runInSandbox(t, ['sh', '-c', 'ip -4 -o addr show dev eth0; ip route; cat /etc/resolv.conf'], {
		networks: [{...network, dns: ['10.1.2.3', '10.1.2.4']}],
	});
	t.deepEqual({stderr, status}, {stderr: '', status: 0});
	t.regex(stdout, new RegExp(`inet ${prefix}\\.250/24`));
	t.regex(stdout, new RegExp(`10\\.9\\.0\\.0/16 via ${prefix}\\.1 dev eth0`));
	t.true(stdout.endsWith('nameserver 10.1.2.3\nnameserver 10.1.2.4\n'));
});

/** A test of the network in each backend. */
const eachWithNetwork = test === ava.skip ? () => undefined : testEach;

eachWithNetwork('a fixed address stays beside a lease, whose client stays to renew it; the name is found by itself', async (t, backend) => {
	const prefix = await networkOf();
	const script =
		'ip -4 -o addr show dev eth0; cat /etc/resolv.conf; getent hosts $(hostname); grep -h . /proc/[0-9]*/comm 2>/dev/null | grep -x -e udhcpc -e busybox';
	const sandbox = await backend.start(t, {
		name: 'named-one',
		command: ['sh', '-c', script],
		networks: [parseNetwork('dhcp,source=default,address=10.99.0.7/24')],
	});
	const {stdout} = await finish(sandbox);
	t.regex(stdout, /inet 10\.99\.0\.7\/24/);
	t.regex(stdout, new RegExp(`inet ${prefix}\\.\\d+/24 `));
	t.regex(stdout, new RegExp(`^nameserver ${prefix}\\.1$`, 'm'));
	t.regex(stdout, /^10\.99\.0\.7 +named-one\n/m);
	t.regex(stdout, /^(?:udhcpc|busybox)$/m);
});

test('sandboxes of one network with leases find each other by name', async (t) => {
	const other = await startTestSandbox(t, {name: 'found-one', command: ['sh', '-c', 'echo up; exec sleep 600'], networks: [parseNetwork('dhcp')]});
	await createInterface({input: other.session.stdout})[Symbol.asyncIterator]().next();
	const {stdout} = await runInSandbox(t, ['getent', 'ahostsv4', 'found-one'], {networks: [parseNetwork('dhcp')]});
	t.regex(stdout, new RegExp(`^${await networkOf()}\\.\\d+ `));
});

/** A command of busybox's shell. */
function shell(...lines: readonly string[]): string[] {
	return ['busybox', 'sh', '-c', lines.join('\n')];
}

/** What ping says of an address that answers. */
function answered(address: string): RegExp {
	return new RegExp(`^PING ${address.replaceAll('.', String.raw`\.`)} [^]*2 packets transmitted, 2 received, 0% packet loss`);
}

testWithPing('two containers of one network reach each other by ping and TCP: one has a lease, one a fixed address, their users no rights', async (t) => {
	const fixed = `${await networkOf()}.251`;
	const user = {kind: 'name', name: '1234:1234'} as const;
	const first = await startTestSandbox(t, {
		user,
		command: shell('read -r other', '/usr/bin/ping -c 2 -w 30 $other', 'busybox nc -l -p 7007 -w 30 -e echo hello from the first'),
		networks: [parseNetwork(`address=${fixed}/24`)],
	});
	const second = await startTestSandbox(t, {
		user,
		command: shell(
			String.raw`busybox ip -4 -o addr show dev eth0 | busybox sed 's/.*inet \([0-9.]*\).*/\1/'`,
			`/usr/bin/ping -c 2 -w 30 ${fixed}`,
			`until busybox nc ${fixed} 7007 </dev/null; do busybox usleep 50000; done`,
		),
		networks: [parseNetwork('dhcp')],
	});
	const words = createInterface({input: second.session.stdout})[Symbol.asyncIterator]();
	const leased = String((await words.next()).value);
	t.not(leased, fixed);
	const toLeased = await finish(first, `${leased}\n`);
	t.regex(toLeased.stdout, answered(leased));
	let toFixed = '';
	for await (const line of {[Symbol.asyncIterator]: () => words}) toFixed += `${line}\n`;
	t.regex(toFixed, answered(fixed));
	t.true(toFixed.endsWith('\nhello from the first\n'));
	t.is(await second.session.exited, 0);
	await second.close();
});

const eachWithPing = testWithPing === ava.skip ? () => undefined : testEach;

eachWithPing('isolated sandboxes of one network reach the host and those that are not, and not each other', async (t, backend) => {
	const prefix = await networkOf();
	const [host, open, isolated, asking] = ['1', '252', '253', '254'].map((last) => `${prefix}.${last}`);
	const wait = ['sh', '-c', 'echo up; exec sleep 600'];
	for (const [address, words] of [
		[open, ''],
		[isolated, ',isolated'],
	]) {
		const other = await startTestSandbox(t, {command: wait, networks: [parseNetwork(`address=${address}/24${words}`)]});
		await createInterface({input: other.session.stdout})[Symbol.asyncIterator]().next();
	}
	const script = `for to in ${host} ${open} ${isolated}; do /usr/bin/ping -q -c 3 -i 0.3 -w 5 $to >/dev/null && echo $to; done`;
	for (const [words, reached] of [
		[',isolated', [host, open]],
		['', [host, open, isolated]],
	] as const) {
		const sandbox = await backend.start(t, {command: ['sh', '-c', script], networks: [parseNetwork(`address=${asking}/24${words}`)]});
		t.deepEqual((await finish(sandbox)).stdout.trimEnd().split('\n'), reached);
	}
});

test('a network that cannot be is a fault, told before the command runs', async (t) => {
	await t.throwsAsync(runInSandbox(t, ['true'], {networks: [parseNetwork('dhcp,source=no-such-network')]}), {
		message: "libvirt has no network 'no-such-network'",
	});
});

test('a network whose set-up fails is a fault', async (t) => {
	await t.throwsAsync(runInSandbox(t, ['true'], {networks: [parseNetwork('address=10.77.0.2/24,route=10.9.0.0/16%10.88.0.1')]}), {
		message: 'The guest could not set up its network: a route was refused',
	});
});

for (const backend of [container, machine]) {
	const testHere = backend === container ? test : testWithMachines;
	testHere(`no link that an include brings leads the resolver's file elsewhere, in a ${backend.name}`, async (t) => {
		const directory = mkdtempSync(join(tmpdir(), 'resolver-'));
		t.teardown(() => rmSync(directory, {recursive: true, force: true}));
		const [etc, own, source] = ['etc', 'own', 'source'].map((name) => join(directory, name)) as [string, string, string];
		for (const path of [etc, own, source]) mkdirSync(path);
		symlinkSync('/run/place/resolver/in/resolv.conf', join(etc, 'resolv.conf'));
		symlinkSync('/own', join(source, 'resolver'));
		const started = backend.start(t, {
			...backend.spec(),
			command: ['true'],
			mounts: [`host-bind:/etc=${etc},ro`, `host-bind:/own=${own}`].map((text) => parseMount(text)),
			includes: [parseInclude(`/run/place=${source}`)],
			networks: [parseNetwork('address=192.0.2.2/24')],
		});
		await t.throwsAsync(started, {instanceOf: ShellError, message: /could not copy a file in|^A file could not be copied/});
		t.deepEqual(readdirSync(own), []);
	});
}

test('the resolver of what is mounted for a container is left alone, which is said', async (t) => {
	const etc = mkdtempSync(join(tmpdir(), 'etc-'));
	t.teardown(() => rmSync(etc, {recursive: true, force: true}));
	writeFileSync(join(etc, 'resolv.conf'), 'its own');
	const said: string[] = [];
	const sandbox = await startTestSandbox(
		t,
		{
			command: ['/bin/cat', '/etc/resolv.conf'],
			mounts: [parseMount(`host-bind:/etc=${etc}`)],
			networks: [parseNetwork('address=192.0.2.2/24,dns=192.0.2.1')],
		},
		{voice: {...silentVoice, notice: (_level, code) => void said.push(code)}},
	);
	t.is((await finish(sandbox)).stdout, 'its own');
	t.true(said.includes('resolver'));
});
