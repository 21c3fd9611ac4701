import {execFileSync} from 'node:child_process';
import {existsSync, globSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {makeCache} from '../../src/backend/host/cache.ts';
import {readMountTable} from '../../src/backend/host/mounts/mount-table.ts';
import {chooseKernel, hostKernelPlaces} from '../../src/backend/machine/boot/kernels.ts';
import {endMachine} from '../../src/backend/machine/end-machine.ts';
import {prepareBoot} from '../../src/backend/machine/machine-files.ts';
import {chooseModules} from '../../src/backend/machine/boot/machine-kernel.ts';
import {planMachine, shareTree, type MachinePlan} from '../../src/backend/machine/machine-plan.ts';
import {beginPlanned} from '../../src/backend/machine/start-machine.ts';
import type {StartOptions} from '../../src/backend/types.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';
import {listAllProcesses} from '../helpers/all-processes.ts';
import {startTestMachine, testMachineUri, testWithMachines, testWithUserMachines} from '../helpers/machine.ts';
import {finish, rootCaller, runInSandbox, silentVoice, startTestSandbox} from '../helpers/run-sandbox.ts';

const spec = {...defaultSpec, command: ['true'], kernel: {...defaultSpec.kernel, accel: 'tcg' as const}};

/** Boots a plan whose process 1, with all the rights there are in a guest, runs lines of shell before or after it has the host's files; gives what it said. */
async function attack(t: ExecutionContext, plan: MachinePlan, when: 'before' | 'after', lines: string): Promise<readonly string[]> {
	const script = plan.root.script.replace(/^\t\/run\.d\/tree .*$/m, (line) => (when === 'before' ? `${lines}\n${line}` : `${line}\n${lines}`));
	t.not(script, plan.root.script);
	const said: string[] = [];
	const options: StartOptions = {
		voice: silentVoice,
		caller: rootCaller,
		onBootLog(line) {
			const [, words] = /virt-sandbox: (.*)/.exec(line) ?? [];
			if (words !== undefined) said.push(words);
		},
	};
	const attacking = {...plan, root: {...plan.root, script}};
	const prepared = await prepareBoot(attacking, makeCache(rootCaller));
	const machine = await beginPlanned(
		attacking,
		{domainType: 'qemu', reason: 'asked for', isProbe: false},
		{prepared, begun: 0, options, onHello: () => undefined, onLeft: () => undefined},
	);
	t.is((await finish(endMachine(machine))).status, 0);
	return said;
}

/** The same plan by 9p. */
async function planBy9p(changes: Partial<SandboxSpec>): Promise<MachinePlan> {
	const virtiofs = await planMachine({...spec, ...changes}, testMachineUri(), {caller: rootCaller});
	const transport = {type: '9p' as const};
	const kernel = chooseKernel(spec.kernel, [{module: '9pnet_virtio', purpose: 'to share directories by 9p'}], hostKernelPlaces());
	const shared = shareTree(virtiofs.root, transport, readMountTable(), 0);
	return {...virtiofs, transport, shared, kernel, modules: chooseModules(spec, virtiofs.root, kernel, transport)};
}

/** A directory of the host that no top-level directory of a machine has, with a file that a sandbox must not read, and one that it must not write. */
function makeHostDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join('/srv', 'shares-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	mkdirSync(join(directory, 'hidden'));
	writeFileSync(join(directory, 'hidden/secret'), 'a secret');
	writeFileSync(join(directory, 'victim'), "the host's");
	mkdirSync(join(directory, 'writable'));
	return directory;
}

/** What must be empty below a place where the guest's root is: lines that tell what is there all the same. */
const lookBehind = (root: string): string => `
	for place in proc sys dev run tmp var/tmp; do
		set -- $(ls -A ${root}/$place)
		[ $# = 0 ] || say "$place shows $*"
	done`;

testWithMachines('process 1 of a guest finds nothing but the tree behind its share, writes to what is writable alone, and makes no device there', async (t) => {
	const directory = makeHostDirectory(t);
	const mounts = [
		`host-bind:/mnt=${directory},ro`,
		'ram:/mnt/hidden=1M',
		`host-bind:/mnt/writable=${join(directory, 'writable')},rw`,
		`host-bind:/shown=${directory},ro`,
		'guest-bind:/shown/hidden=/usr',
	].map((text) => parseMount(text, '/'));
	const plan = await planMachine({...spec, mounts}, testMachineUri(), {caller: rootCaller});
	t.is(plan.transport.type, 'virtiofs');
	const lines = `
		mkdir /again
		mount -t virtiofs -o rw root /again && say mounted
		say tops $(ls /again)
		${lookBehind('/again/root')}
		say hidden $(ls -A /again/root/mnt/hidden /again/root/shown/hidden | grep -v : )
		echo changed >/again/root/mnt/victim || say refused the file
		mkdir /again/root/new || say refused the top
		mkdir /again/more/new || say refused beside it
		rm /again/root/etc/passwd || say refused to remove
		mount -o remount,rw /again/root/mnt && say remounted
		echo changed >/again/root/mnt/victim || say refused after a remount
		cd /again/root/mnt/writable
		echo written >file && chmod 4755 file && say written
		mknod disk b 254 0 || say refused a device
		mknod pipe p && say made a pipe
		cd /
		umount -l /again`;
	t.deepEqual(await attack(t, plan, 'before', lines), [
		'mounted',
		'tops more nothing root',
		'hidden',
		'refused the file',
		'refused the top',
		'refused beside it',
		'refused to remove',
		'remounted',
		'refused after a remount',
		'written',
		'refused a device',
		'made a pipe',
	]);
	t.is(readFileSync(join(directory, 'victim'), 'utf8'), "the host's");
	t.deepEqual(readdirSync(join(directory, 'writable')), ['file', 'pipe']);
});

// A channel of 9p takes one mount at a time.
testWithUserMachines('nor does it by 9p: each share is a directory of the plan', async (t) => {
	const directory = makeHostDirectory(t);
	const plan = await planBy9p({mounts: [`host-bind:/mnt=${directory},ro`, 'ram:/mnt/hidden=1M'].map((text) => parseMount(text, '/'))});
	const {exports} = plan.shared;
	t.deepEqual(
		exports.filter(
			({source}) => source === '/' || /^\/(?:proc|sys|dev|run|tmp|var\/tmp)(?:\/|$)/.test(source) || source.startsWith(join(directory, 'hidden')),
		),
		[],
	);
	const usr = exports.find(({path}) => path === 'root/usr');
	const lines = `
		${lookBehind('/s/tree/root')}
		say hidden $(ls -A /s/tree/root/mnt/hidden)
		say copied $(cat /s/tree/root/mnt/victim)
		umount /newroot/usr && umount /s/tree/root/usr && mount -t 9p -o rw,trans=virtio,version=9p2000.L ${usr?.tag ?? ''} /s/tree/root/usr && say mounted again
		mkdir /s/tree/root/usr/new || say refused
		mount -o bind /s/tree/root/usr /newroot/usr`;
	t.deepEqual(await attack(t, plan, 'after', lines), ['hidden', "copied the host's", 'mounted again', 'refused']);
});

testWithMachines(
	'what lies behind the share of a machine, as the host sees it, is the same list that a container has, without the state of sandboxes',
	async (t) => {
		const script = 'ls -A /; read -r line';
		const other = await startTestSandbox(t, {command: ['sleep', '100'], environment: {PASSWORD: 'of another'}});
		const inContainer = await runInSandbox(t, ['ls', '-A', '/']);
		const machine = await startTestMachine(t, {command: ['sh', '-c', script], mounts: [parseMount('host-bind:/everything=/,ro', '/')]});
		const socket = `--socket-path=/run/virt-sandbox/${machine.id}/io/boot-tree`;
		const virtiofsd = `/proc/${listAllProcesses().find(({words}) => words.includes(socket))?.pid ?? 0}`;
		const root = `${virtiofsd}/root`;
		t.deepEqual(readdirSync(root), ['more', 'nothing', 'root']);
		// chown, dac_override, fowner, fsetid, setgid and setuid: neither mknod nor setfcap.
		t.regex(readFileSync(`${virtiofsd}/status`, 'utf8'), /^CapPrm:\t00000000000000db$/m);
		t.true(existsSync(`/run/virt-sandbox/${other.id}/io/0.cmd`));
		t.deepEqual(globSync([`${root}/root/{proc,sys,dev,run,tmp,var/tmp}/*`, `${root}/root/everything/run/virt-sandbox/*`]), []);
		const mounts = readMountTable(virtiofsd).filter(({mountPoint}) => mountPoint === '/' || !mountPoint.startsWith('/proc'));
		t.true(mounts.some(({mountPoint}) => mountPoint === '/root/usr'));
		t.deepEqual(
			mounts.filter(({readonly, flags}) => !readonly || !flags.includes('nosuid') || !flags.includes('nodev')),
			[],
		);
		const {stdout} = await finish(machine, '\n');
		// One is the mount of this test, the other libvirt's own.
		const names = (text: string): string[] => text.split('\n').filter((name) => !['everything', '.oldroot'].includes(name));
		t.deepEqual(names(stdout), names(inContainer.stdout));
	},
);

testWithMachines('root in a machine changes no setting of its kernel, loads no module, and has no device of an image nor in one', async (t) => {
	const script = `
		for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sysrq-trigger /proc/irq/default_smp_affinity /sys/kernel/uevent_helper /sys/power/state; do
			[ -e $file ] || continue
			(echo x >$file) 2>/dev/null && echo "wrote $file"
		done
		cat /proc/sys/kernel/modules_disabled /proc/sys/kernel/sysrq
		cut -c1 /proc/sys/kernel/core_pattern
		mount -o remount,rw /proc/sys 2>/dev/null && echo remounted
		ls /image
		ls /dev/vd* 2>/dev/null
		(: >/dev/made) 2>/dev/null && echo 'made a file in /dev'
		ln -sf /tmp/x /dev/vport0p1 2>/dev/null && echo 'made a link in /dev'
		cat /image/null && echo "opened a device of the image"
		: >/tmp/module
		perl -e 'my $none = ""; syscall(313, 0, $none, 0); print $! + 0, "\\n"' </tmp/module`;
	const directory = makeHostDirectory(t);
	const image = join(directory, 'image');
	execFileSync('mknod', ['-m', '666', join(directory, 'hidden/null'), 'c', '1', '3']);
	execFileSync('/usr/sbin/mkfs.ext4', ['-q', '-F', '-d', join(directory, 'hidden'), image, '2M']);
	const mounts = [parseMount(`host-image:/image=${image}`, '/')];
	const {stdout} = await finish(await startTestMachine(t, {command: ['sh', '-c', script], user: {kind: 'root'}, mounts}));
	// The last is: not permitted.
	t.deepEqual(stdout.trim().split('\n'), ['1', '0', 'c', 'lost+found', 'null', 'secret', '1']);
});

testWithMachines('a machine whose ports somebody else holds says so, and does not go on without them', async (t) => {
	const plan = await planMachine(spec, testMachineUri(), {caller: rootCaller});
	const error = await t.throwsAsync(attack(t, plan, 'after', 'await_port 0.out\nexec 7>run.d/guest/port/0.out'));
	t.regex(error?.message ?? '', /^The guest cannot open its own ports/);
});

testWithMachines('by 9p a machine does not start when a link leads what it shares to another place of the host', async (t) => {
	const directory = makeHostDirectory(t);
	const shared = join(directory, 'writable');
	const plan = await planBy9p({mounts: [parseMount(`host-bind:/mnt=${shared},rw`, '/')]});
	const prepared = await prepareBoot(plan, makeCache(rootCaller));
	const lead = (): void => {
		renameSync(shared, `${shared}-saved`);
		symlinkSync('hidden', shared);
	};
	const starting = beginPlanned(
		plan,
		{domainType: 'qemu', reason: 'asked for', isProbe: false},
		{prepared, begun: 0, options: {voice: silentVoice, caller: rootCaller, onXml: lead}, onHello: () => undefined, onLeft: () => undefined},
	);
	await t.throwsAsync(starting, {message: `The way to ${shared} changed while the machine started`});
});

testWithMachines('inodes of different file systems of the host are different ones in a machine', async (t) => {
	const directory = mkdtempSync(join('/srv', 'inodes-'));
	t.teardown(() => {
		for (const name of ['one', 'other']) execFileSync('umount', [join(directory, name)]);
		rmSync(directory, {recursive: true, force: true});
	});
	for (const name of ['one', 'other']) {
		mkdirSync(join(directory, name));
		// The numbers of its inodes are counted from 1.
		execFileSync('mount', ['-t', 'tmpfs', 'none', join(directory, name)]);
		mkdirSync(join(directory, name, 'deep'));
		writeFileSync(join(directory, name, 'file'), name);
		linkSync(join(directory, name, 'file'), join(directory, name, 'again'));
	}
	const mounts = ['one', 'other'].map((name) => parseMount(`host-bind:${directory}/${name}=${directory}/${name}`, '/'));
	const script =
		'cd "$0" && find . -type d | sort && tar cf /tmp/all one other && mkdir /tmp/back && tar xf /tmp/all -C /tmp/back && cat /tmp/back/*/again /tmp/back/*/file';
	const {stdout, stderr, status} = await finish(await startTestMachine(t, {command: ['sh', '-c', script, directory], mounts}));
	t.deepEqual({stdout, stderr, status}, {stdout: '.\n./one\n./one/deep\n./other\n./other/deep\noneotheroneother', stderr: '', status: 0});
});
