import {existsSync, mkdirSync, readFileSync, rmdirSync} from 'node:fs';
import {removeCgroupsOf, removeStaleCgroups} from '../../src/backend/life/container-cgroups.ts';
import {testWithLibvirtd as test} from '../helpers/libvirtd.ts';

/** A pid that nobody has. */
const nobody = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8')) + 1;

function makeCgroup(pid: number, name: string): string {
	const path = `/sys/fs/cgroup/cpu/machine/lxc-${pid}-${name}.libvirt-lxc`;
	mkdirSync(`${path}/of-the-guest`, {recursive: true});
	return path;
}

test('cgroups that a start left are removed, by the name as libvirt cuts it, and those of the living stay', async (t) => {
	const name = 'a-name-of-more-than-twenty-letters';
	const stale = makeCgroup(nobody, name.slice(0, 20));
	const living = makeCgroup(process.pid, name.slice(0, 20));
	const other = makeCgroup(nobody, 'another');
	t.teardown(() => {
		for (const path of [living, other]) {
			rmdirSync(`${path}/of-the-guest`);
			rmdirSync(path);
		}
	});
	await removeStaleCgroups(name);
	t.deepEqual([stale, living, other].map(existsSync), [false, true, true]);
});

test("a controller's cgroups are removed whatever the name is", (t) => {
	const path = makeCgroup(nobody + 1, 'whatever');
	t.true(removeCgroupsOf(nobody + 1));
	t.false(existsSync(path));
});
