import {once} from 'node:events';
import {createHash, randomBytes} from 'node:crypto';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {buffer, text} from 'node:stream/consumers';
import type {ExecutionContext} from 'ava';
import {readOrEmpty} from '../../src/backend/host/files/read-or-empty.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {machine, runAlone} from '../helpers/backends.ts';
import {domainCgroups} from '../helpers/cgroups.ts';
import {startTestMachine, testWithMachines} from '../helpers/machine.ts';
import {finish, rootCaller, type Finished} from '../helpers/run-sandbox.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'machine-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

testWithMachines('a command in a machine gets input, environment and identity, and gives output, errors and status', async (t) => {
	const command = ['sh', '-c', 'cat; id -u; env | sort; pwd; hostname; sleep 100 & echo oops >/dev/stderr; kill -9 $$'];
	const caller = {...rootCaller, uid: 1, gid: 1, cwd: '/usr'};
	const sandbox = await startTestMachine(t, {name: 'machine-1', command, environment: {ASKED: "it's"}}, {caller: {...caller, uid: 0}});
	const {status, stdout, stderr} = await finish(sandbox, 'hello\n');
	t.deepEqual(
		{status, stderr, lines: stdout.trim().split('\n')},
		{
			status: 137,
			stderr: 'oops\n',
			lines: [
				'hello',
				'0',
				"ASKED=it's",
				'HOME=/root',
				'LANG=C.UTF-8',
				'LOGNAME=root',
				'PATH=/usr/sbin:/usr/bin',
				'PWD=/usr',
				'SHELL=/bin/bash',
				'USER=root',
				'/usr',
				'machine-1',
			],
		},
	);
});

testWithMachines("a machine's clock is right, and its random numbers come from the host's generator", async (t) => {
	const directory = makeDirectory(t);
	const file = `${directory}/file`;
	const script = `date +%s.%N; echo >${file}; date +%s.%N; stat -c %.Y ${file}; cat /sys/class/misc/hw_random/rng_current; head -c 64 /dev/random | wc -c`;
	const {stdout} = await finish(await startTestMachine(t, {command: ['sh', '-c', script], mounts: [parseMount(`host-bind:${directory}=${directory}`, '/')]}));
	const [before, after, ofHost, ...rest] = stdout.trim().split('\n');
	// The kernel's time for files is that of its last tick; what the guest is told has been on its way.
	t.true(Number(before) - 0.02 < Number(ofHost) && Number(ofHost) < Number(after) + 0.5, stdout);
	t.deepEqual(rest, ['virtio_rng.0', '64']);
});

testWithMachines('a quota of processor time holds the whole machine, however many processors it has', async (t) => {
	const limits = {...defaultSpec.limits, vcpus: 2, cpuQuotaPercent: 30};
	const sandbox = await startTestMachine(t, {name: `quota-${process.pid}`, command: ['sh', '-c', 'echo runs; read -r line'], limits});
	await sandbox.session.stdout.iterator().next();
	const groups = domainCgroups(new RegExp(`-${sandbox.name}\\b`));
	// Versions 1 and 2.
	const quotas = groups.flatMap((path) => ['cpu.cfs_quota_us', 'cpu.max'].map((name) => readOrEmpty(join(path, name)).trim()));
	sandbox.session.stdin.end('\n');
	await finish(sandbox);
	t.true(
		quotas.some((quota) => /^30000(?: 100000)?$/.test(quota)),
		`${groups.join(' ')}: ${quotas.join(', ')}`,
	);
});

testWithMachines('bytes pass a machine unchanged, with a slow reader too', async (t) => {
	const data = randomBytes(8 * 1024 ** 2);
	const sandbox = await startTestMachine(t, {command: ['cat']});
	const {session} = sandbox;
	session.stdin.end(data);
	// Nobody reads until the command has had its time to fill every buffer on the way.
	await new Promise((resolve) => session.stdout.once('readable', resolve));
	const [out, status] = await Promise.all([buffer(session.stdout), session.exited]);
	t.is(createHash('sha256').update(out).digest('hex'), createHash('sha256').update(data).digest('hex'));
	t.is(status, 0);
	await sandbox.close();
});

testWithMachines('a command whose output nobody wants sees a broken pipe, and input that nobody reads is no error', async (t) => {
	const sandbox = await startTestMachine(t, {command: ['sh', '-c', 'yes; echo $? >&2; exec sleep 0']});
	const {session} = sandbox;
	session.stdin.write(Buffer.alloc(4 * 1024 ** 2));
	await new Promise((resolve) => session.stdout.once('data', resolve));
	session.stdout.destroy();
	const errors = session.stderr === undefined ? '' : await text(session.stderr);
	t.regex(errors, /141\n$/);
	t.is(await session.exited, 0);
	await sandbox.close();
});

testWithMachines("a machine's root is the host's, read-only, with what is mounted in it", async (t) => {
	const directory = makeDirectory(t);
	writeFileSync(join(directory, 'there'), 'from the host');
	const script = `
		cat /data/there; echo
		echo new >/data/made
		echo x 2>&- >/etc/virt-sandbox-was-here || echo refused
		mount -o remount,rw / 2>/dev/null || echo refused
		echo changed >/over/hostname; cat /over/hostname
		ls /top-level; stat -c %a:%u /small
		ls /run
	`;
	const mounts = [
		`host-bind:/data=${directory}`,
		'overlay:/over=/etc',
		'ram:/small=4M,mode=750,uid=7',
		'guest-bind:/top-level=/usr/share/doc/busybox-static,ro',
	].map((each) => parseMount(each));
	const sandbox = await startTestMachine(t, {
		command: ['sh', '-c', script],
		user: {kind: 'root'},
		mounts,
		includes: [{guest: '/small/copy', host: join(directory, 'there')}],
	});
	const {status, stdout} = await finish(sandbox);
	t.is(status, 0);
	t.deepEqual(stdout.split('\n').slice(0, 5), ['from the host', 'refused', 'refused', 'changed', ...stdout.split('\n').slice(4, 5)]);
	t.true(stdout.includes('\n750:7\n'));
	t.true(stdout.endsWith('\nsandbox\n'));
	t.is(readFileSync(join(directory, 'made'), 'utf8'), 'new\n');
	t.not(readFileSync('/etc/hostname', 'utf8'), 'changed\n');
});

testWithMachines('a command on a terminal sees its size, its changes and ^C', async (t) => {
	const script = "trap 'stty size; exit 5' INT; tty; stty size; while :; do sleep 1; done";
	const sandbox = await startTestMachine(t, {command: ['sh', '-c', script], tty: true}, {size: {rows: 30, columns: 90}});
	const {session} = sandbox;
	let seen = '';
	let isResized = false;
	session.stdout.on('data', (chunk: Buffer) => {
		seen += chunk.toString();
		if (!isResized && seen.includes('30 90\r\n')) {
			isResized = true;
			session.resize({rows: 40, columns: 100});
			session.stdin.write('\u0003');
		}
	});
	const ended = once(session.stdout, 'end');
	t.is(await session.exited, 5);
	await Promise.all([ended, sandbox.close()]);
	t.regex(seen, /^\/dev\/pts\/0\r\n30 90\r\n\^C40 100\r\n$/);
});

testWithMachines('a command that spoils what counts its output ends all the same', async (t) => {
	const pumps = 'for place in /proc/[0-9]*; do read -r name <$place/comm; [ "$name" = pump ] && pumps="$pumps ${place#/proc/}"; done 2>/dev/null';
	const ways = {
		'a count of what is not sent': 'rm /run/sandbox/0.out.count; echo 999999 >/run/sandbox/0.out.count',
		'no number': 'rm /run/sandbox/0.out.count; echo many of them >/run/sandbox/0.out.count',
		'no file': 'rm /run/sandbox/0.*',
		'pumps that were stopped': `${pumps}; kill -STOP $pumps`,
	};
	const end = (script: string): Promise<Finished> => runAlone(machine, t, ['sh', '-c', `trap '' PIPE; ${script}; echo x; exit 4`]);
	for (const [way, script] of Object.entries(ways)) t.is((await end(script)).status, 4, way);
	// Nobody knows then what is missing.
	await t.throwsAsync(end(`${pumps}; kill -KILL $pumps`), {message: 'The last of the command’s output did not arrive'});
});

testWithMachines('a machine that cannot put its root together says why and leaves nothing', async (t) => {
	const directory = makeDirectory(t);
	const image = join(directory, 'image');
	// An ext4 file system by its magic alone.
	const data = Buffer.alloc(1024 ** 2);
	data.write('\u0053\u00ef', 0x438, 'latin1');
	writeFileSync(image, data);
	const error = await t.throwsAsync(startTestMachine(t, {command: ['true'], mounts: [parseMount(`host-image:/image=${image}`)]}));
	t.like(error, {code: 'failed', message: 'The guest could not mount an image: nothing on /dev/vda can be mounted at /image; tried ext4'});
});
