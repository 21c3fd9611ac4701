import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {CgroupFacts} from '../../../../src/backend/container/cgroups/cgroups-of.ts';
import {findProcessGroup, makeProcessGroup} from '../../../../src/backend/container/cgroups/process-group.ts';
import type {HostMount} from '../../../../src/backend/host/mounts/mount-table.ts';

/** A directory with the files of a control group, each empty unless said. */
function makeTree(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
	const top = mkdtempSync(join(tmpdir(), 'process-group-'));
	t.teardown(() => rmSync(top, {recursive: true}));
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(join(top, path, '..'), {recursive: true});
		writeFileSync(join(top, path), text);
	}
	return top;
}

const mount = (mountPoint: string, fileSystem: string, options: readonly string[]): HostMount => ({
	mountPoint,
	fileSystem,
	readonly: false,
	flags: [],
	options,
});

function read(top: string, path: string): string | undefined {
	return existsSync(join(top, path)) ? readFileSync(join(top, path), 'utf8') : undefined;
}

test('with version 2 the controller is handed down to the container, whose own group has the limit', async (t) => {
	const scope = 'machine.slice/machine-lxc\\x2d7\\x2dweb.scope';
	const top = makeTree(t, {
		'cgroup.subtree_control': 'cpu memory pids',
		'machine.slice/cgroup.subtree_control': 'cpu memory',
		[`${scope}/cgroup.subtree_control`]: '',
		[`${scope}/libvirt/pids.max`]: 'max\n',
		[`${scope}/libvirt/pids.current`]: '5\n',
		[`${scope}/libvirt/pids.events`]: 'max 3\n',
		[`${scope}/libvirt/cgroup.procs`]: '',
	});
	const facts: CgroupFacts = {mountTable: () => [mount(top, 'cgroup2', [])], read: () => `0::/${scope}/libvirt\n`};
	const group = await makeProcessGroup(7, 100, facts);
	t.deepEqual([group?.current, group?.limit, group?.wasReached], [5, 100, true]);
	t.deepEqual(
		['', 'machine.slice/', `${scope}/`].map((path) => read(top, `${path}cgroup.subtree_control`)),
		['cpu memory pids', '+pidsemory', '+pids'],
	);
	t.is(read(top, `${scope}/libvirt/cgroup.procs`), '');
	t.is(findProcessGroup(7, facts)?.limit, 100);
});

test('a host that has no pids controller limits nothing', async (t) => {
	const top = makeTree(t, {'cgroup.subtree_control': '', 'machine/cgroup.subtree_control': '', 'machine/lxc-7-web.libvirt-lxc/cgroup.procs': ''});
	const second: CgroupFacts = {mountTable: () => [mount(top, 'cgroup2', [])], read: () => '0::/machine/lxc-7-web.libvirt-lxc\n'};
	t.is(await makeProcessGroup(7, 100, second), undefined);
	t.is(findProcessGroup(7, second), undefined);
	const first: CgroupFacts = {mountTable: () => [mount(top, 'cgroup', ['cpu'])], read: () => '3:cpu:/machine/lxc-7-web.libvirt-lxc\n'};
	t.is(await makeProcessGroup(7, 100, first), undefined);
	t.is(findProcessGroup(7, first), undefined);
});

test('with version 1 nothing is left of a group that can have no limit', async (t) => {
	const top = makeTree(t, {'cpu/machine/lxc-7-web.libvirt-lxc/cgroup.procs': '', 'pids/machine/cgroup.procs': ''});
	const facts: CgroupFacts = {
		mountTable: () => [mount(join(top, 'cpu'), 'cgroup', ['cpu']), mount(join(top, 'pids'), 'cgroup', ['pids'])],
		read: () => '3:cpu:/machine/lxc-7-web.libvirt-lxc\n',
	};
	t.is(await makeProcessGroup(7, 100, facts), undefined);
	t.deepEqual(readdirSync(join(top, 'pids/machine')), ['cgroup.procs']);
});

test('a process outside the groups of libvirt is left alone', async (t) => {
	const top = makeTree(t, {'pids.max': 'max\n'});
	const facts: CgroupFacts = {mountTable: () => [mount(top, 'cgroup', ['pids'])], read: () => '3:pids:/user.slice\n'};
	t.is(await makeProcessGroup(7, 100, facts), undefined);
	t.is(read(top, 'pids.max'), 'max\n');
});
