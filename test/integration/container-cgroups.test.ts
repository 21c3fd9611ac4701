import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import {removeCgroupsOf, removeStaleCgroups} from '../../src/backend/life/container-cgroups.ts';
import {removeMachineRemains} from '../../src/backend/life/machine-remains.ts';
import {testWithLibvirtd as test} from '../helpers/libvirtd.ts';

/** A pid that nobody has. */
const nobody = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')) + 1;

function makeCgroup(pid: number, name: string): string {
	const path = `/sys/fs/cgroup/cpu/machine/lxc-${pid}-${name}.libvirt-lxc`;
	mkdirSync(`${path}/of-the-guest`, {recursive: true});
	return path;
}

test('cgroups that a start left are removed, by the name as libvirt writes it, and those of the living and of others stay', async (t) => {
	const stale = makeCgroup(nobody, 'left-of.thesandbox');
	const living = makeCgroup(process.pid, 'left-of.thesandbox-2');
	const other = makeCgroup(nobody, 'left');
	t.teardown(() => {
		for (const path of [living, other]) {
			rmdirSync(`${path}/of-the-guest`);
			rmdirSync(path);
		}
	});
	await removeStaleCgroups('left-of.the_sandbox');
	t.deepEqual([stale, living, other].map(existsSync), [false, true, true]);
});

test('a living sandbox whose name begins alike is not waited for', async (t) => {
	const living = makeCgroup(process.pid, 'web');
	t.teardown(() => {
		rmdirSync(`${living}/of-the-guest`);
		rmdirSync(living);
	});
	const begun = performance.now();
	await removeStaleCgroups('web-2');
	t.true(performance.now() - begun < 1000);
});

test('cgroups of a machine are removed by its name, not those of one whose name begins alike, which are not waited for', async (t) => {
	const make = (name: string): string => {
		const path = `/sys/fs/cgroup/cpu/machine/qemu-7-${name}.libvirt-qemu`;
		mkdirSync(path, {recursive: true});
		return path;
	};
	const [left, other] = [make('web2'), make('web')];
	const sleeper = spawn('sleep', ['60'], {stdio: 'ignore'});
	t.teardown(async () => {
		sleeper.kill();
		await once(sleeper, 'exit');
		rmdirSync(other);
	});
	writeFileSync(`${other}/cgroup.procs`, String(sleeper.pid));
	const begun = performance.now();
	await removeMachineRemains('web_2');
	await removeMachineRemains('web-2');
	t.true(performance.now() - begun < 1000);
	t.deepEqual([left, other].map(existsSync), [false, true]);
});

test("a controller's cgroups are removed whatever the name is", (t) => {
	const path = makeCgroup(nobody + 1, 'whatever');
	t.true(removeCgroupsOf(nobody + 1));
	t.false(existsSync(path));
});
