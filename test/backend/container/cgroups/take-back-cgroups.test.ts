import {chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {takeBackCgroups} from '../../../../src/backend/container/cgroups/take-back-cgroups.ts';
import {testAsRoot} from '../../../helpers/other-mounts.ts';

testAsRoot('the groups of a container belong to the host’s root again, those around stay whose they are', (t) => {
	const mountPoint = mkdtempSync(join(tmpdir(), 'groups-'));
	t.teardown(() => rmSync(mountPoint, {recursive: true}));
	const machine = join(mountPoint, 'machine');
	const own = join(machine, 'lxc-1-box.libvirt-lxc');
	const inner = join(own, 'inner');
	mkdirSync(inner, {recursive: true});
	const given = [own, inner, join(own, 'memory.max'), join(inner, 'cgroup.procs')];
	for (const path of given.slice(2)) writeFileSync(path, '');
	for (const path of [machine, ...given]) chownSync(path, 100_000, 100_000);
	t.true(takeBackCgroups([{mountPoint, path: inner, controllers: []}]));
	t.deepEqual(
		given.map((path) => statSync(path).uid),
		given.map(() => 0),
	);
	t.is(statSync(machine).uid, 100_000);
	t.false(takeBackCgroups([{mountPoint, path: join(machine, 'lxc-2-gone.libvirt-lxc'), controllers: []}]));
	t.false(takeBackCgroups([{mountPoint, path: inner, controllers: ['memory']}]));
	t.false(takeBackCgroups([]));
});
