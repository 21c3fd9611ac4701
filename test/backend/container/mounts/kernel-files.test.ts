import {spawn} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {setImmediate as giveTurn} from 'node:timers/promises';
import test from 'ava';
import {planKernelFiles, usualFixing} from '../../../../src/backend/container/mounts/kernel-files.ts';
import {kernelSettings} from '../../../../src/backend/guest/root/root-plan.ts';

const [root, user] = [{uid: 0}, {uid: 1000}];
const idmap = {start: 100_000, count: 65_536};
const entries = readdirSync('/proc').map((name) => `/proc/${name}`);
const network = '/proc/sys/net/ipv4';

test('every entry of the kernel’s is a program’s or libvirt’s, the settings of a network libvirt’s alone', (t) => {
	const {ofLibvirt, ofProgram} = planKernelFiles({idmap: undefined}, root, 'program');
	t.true(ofLibvirt.includes(network));
	t.true(ofLibvirt.every((path) => path.startsWith('/proc/sys/net/')));
	for (const path of ['/proc/version', '/proc/irq']) t.true(ofProgram.includes(path), path);
	for (const path of ['/proc/self', '/proc/1', '/proc/sys', '/proc/meminfo', network]) t.false(ofProgram.includes(path), path);
	t.is(new Set(ofProgram).size, ofProgram.length);
	t.deepEqual(planKernelFiles({idmap: undefined}, root, 'libvirt'), {ofLibvirt: [...ofLibvirt, ...ofProgram], ofProgram: []});
});

test('libvirt has them all where no program of ours gets in, and the settings alone with ids of its own', (t) => {
	const settings = kernelSettings.filter((path) => path.startsWith('/proc/sys/') || entries.includes(path));
	t.deepEqual(planKernelFiles({idmap}, root, 'program'), {ofLibvirt: settings, ofProgram: []});
	t.deepEqual(planKernelFiles({idmap: undefined}, user, 'program'), planKernelFiles({idmap: undefined}, root, 'libvirt'));
});

test('processes that end while /proc is listed stop nothing', async (t) => {
	const others = spawn('sh', ['-c', 'for other in 1 2 3; do while :; do /bin/true; done & done; wait'], {detached: true, stdio: 'ignore'});
	t.teardown(() => process.kill(-(others.pid ?? process.pid), 'SIGKILL'));
	const until = performance.now() + 3000;
	while (performance.now() < until) {
		t.notThrows(() => planKernelFiles({idmap: undefined}, root, 'program'));
		await giveTurn();
	}
});

for (const [kernel, fixing] of [
	['6.12.94', 'program'],
	['5.12.0-rc1', 'program'],
	['5.11.22-generic', 'libvirt'],
	['4.19.0', 'libvirt'],
	['', 'libvirt'],
] as const) {
	test(`kernel ${kernel}: ${fixing}`, (t) => t.is(usualFixing(kernel), fixing));
}
