import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {removeCgroupsOf, removeLeftoverCgroups} from '../../src/backend/container/cgroups/container-cgroups.ts';
import {removeLeftoverMachine} from '../../src/backend/machine/leftover-machine.ts';
import {readMountTable} from '../../src/backend/host/mounts/mount-table.ts';
import {readOrEmpty} from '../../src/backend/host/files/read-or-empty.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {anyHierarchy, domainCgroups} from '../helpers/cgroups.ts';
import {freshName} from '../helpers/kept.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {finish, startTestSandbox} from '../helpers/run-sandbox.ts';

/** A pid that nobody has. */
const nobody = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')) + 1;

/** Where libvirtd makes the group of a machine, by itself and through systemd; both have one of the guest's below it. */
const ways: ReadonlyArray<readonly [way: string, pathOf: (machine: string) => string]> = [
	['of libvirtd', (machine) => `machine/${machine}.libvirt-${machine.split('-')[0]}/of-the-guest`],
	['of systemd', (machine) => String.raw`machine.slice/machine-${machine.replaceAll('-', String.raw`\x2d`)}.scope/libvirt`],
];

for (const [way, pathOf] of ways) {
	const make = (t: ExecutionContext, machine: string): string => {
		const inner = join(anyHierarchy(), pathOf(machine));
		mkdirSync(inner, {recursive: true});
		t.teardown(() => {
			// And machine.slice, which no other test has.
			for (const path of [inner, dirname(inner), ...(way === 'of systemd' ? [dirname(dirname(inner))] : [])]) {
				try {
					rmdirSync(path);
				} catch {
					// It is what the test removes, or another's.
				}
			}
		});
		return dirname(inner);
	};
	const test = (title: string, body: (t: ExecutionContext) => Promise<void> | void): void => testWithLibvirtd(`control groups ${way}: ${title}`, body);

	test('what a start left is removed, by the name as libvirt writes it, and those of the living and of others stay', async (t) => {
		const stale = make(t, `lxc-${nobody}-left-of.thesandbox`);
		const living = make(t, `lxc-${process.pid}-left-of.thesandbox-2`);
		const other = make(t, `lxc-${nobody}-left`);
		await removeLeftoverCgroups('left-of.the_sandbox');
		t.deepEqual([stale, living, other].map(existsSync), [false, true, true]);
	});

	test('who was left in one is ended', async (t) => {
		const stale = make(t, `lxc-${nobody}-served`);
		const sleeper = spawn('sleep', ['60'], {stdio: 'ignore'});
		const ended = once(sleeper, 'exit');
		writeFileSync(join(anyHierarchy(), pathOf(`lxc-${nobody}-served`), 'cgroup.procs'), String(sleeper.pid));
		await removeLeftoverCgroups('served');
		t.deepEqual(await ended, [null, 'SIGTERM']);
		t.false(existsSync(stale));
	});

	test('a living sandbox whose name begins alike is not waited for', async (t) => {
		make(t, `lxc-${process.pid}-web`);
		const begun = performance.now();
		await removeLeftoverCgroups('web-2');
		t.true(performance.now() - begun < 1000);
	});

	test('those of a machine are removed by its name, not those of one whose name begins alike, which are not waited for', async (t) => {
		const [left, other] = [make(t, 'qemu-7-web2'), make(t, 'qemu-7-web')];
		const sleeper = spawn('sleep', ['60'], {stdio: 'ignore'});
		t.teardown(async () => {
			sleeper.kill();
			await once(sleeper, 'exit');
		});
		writeFileSync(join(anyHierarchy(), pathOf('qemu-7-web'), 'cgroup.procs'), String(sleeper.pid));
		for (const name of ['web_2', 'web-2']) {
			const begun = performance.now();
			await removeLeftoverMachine({name, uri: 'qemu:///system'});
			// It waits 2 s for what ends.
			t.true(performance.now() - begun < 1900);
		}
		t.deepEqual([left, other].map(existsSync), [false, true]);
	});

	test("a controller's are removed, and not those of another container whose controller had its number", (t) => {
		const [own, other] = [make(t, `lxc-${nobody + 1}-own`), make(t, `lxc-${nobody + 1}-other`)];
		t.true(removeCgroupsOf({pid: nobody + 1, name: 'own'}));
		t.deepEqual([own, other].map(existsSync), [false, true]);
	});
}

const countsSockets = readMountTable().some(({fileSystem, options}) => fileSystem === 'cgroup' && options.includes('memory'));

testWithLibvirtd('of what is for all TCP connections of the host a container has a quarter at most', async (t) => {
	// Other network namespaces than the host's do not tell.
	const pages = Number(readOrEmpty('/proc/sys/net/ipv4/tcp_mem').split(/\s+/)[2] ?? 0);
	const memory = [64 * 1024 ** 2, 1024 ** 4];
	const most = pages === 0 ? Number.POSITIVE_INFINITY : Math.floor(pages / 4) * 4096;
	const read = [];
	for (const bytes of memory) {
		const name = freshName();
		const sandbox = await startTestSandbox(t, {name, command: ['cat'], limits: {...defaultSpec.limits, memoryKiB: bytes / 1024}});
		const files = domainCgroups(new RegExp(`^lxc-\\d+-${name}$`)).map((path) => join(path, 'memory.kmem.tcp.limit_in_bytes'));
		// A hierarchy may be mounted twice.
		read.push([...new Set(files.filter(existsSync).map((file) => Number(readFileSync(file, 'utf8'))))]);
		t.is((await finish(sandbox)).status, 0);
	}
	t.deepEqual(
		read,
		memory.map((bytes) => (countsSockets ? [Math.min(bytes, most)] : [])),
	);
});
