import test from 'ava';
import {idsOfRoot, probeIdmap} from '../../src/backend/container/idmap/probe-idmap.ts';
import {describeIdmap} from '../../src/live/doctor/check-idmap.ts';
import type {Idmap} from '../../src/spec/types.ts';
import {rootCaller} from '../helpers/caller.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

function probe(range?: Idmap) {
	return probeIdmap({uri: testLibvirtd().uri, caller: rootCaller, signal: AbortSignal.timeout(40_000), range});
}

/** What doctor says of mapped ids. */
function rowsOf(output: string): unknown[] {
	const table = JSON.parse(output) as {rows: Array<{area: string; subject: string}>};
	return table.rows.filter(({area, subject}) => area === 'idmap' && subject === 'container');
}

testWithLibvirtd('doctor says of mapped ids what the probe finds: they work, with the layout of a sandbox', async (t) => {
	const finding = await probe();
	t.true(finding.works);
	const {status, stdout, stderr} = await runProgram(programPath('virt-sandbox-shell'), ['--output', 'json', '-c', testLibvirtd().uri, 'doctor']);
	t.is(status, 0, stderr);
	t.deepEqual(rowsOf(stdout), [describeIdmap(finding)]);
	const looking = await runProgram(programPath('virt-sandbox-shell'), ['--readonly', '--output', 'json', '-c', testLibvirtd().uri, 'doctor']);
	t.deepEqual(rowsOf(looking.stdout), [
		{area: 'idmap', subject: 'container', state: 'unknown', detail: 'not tried: this session starts nothing', mend: null},
	]);
});

testWithLibvirtd('ids that no kernel maps are refused with a reason', async (t) => {
	const finding = await probe({start: 4_294_967_000, count: 65_536});
	t.false(finding.works);
	t.true(!finding.works && finding.reason !== '');
	t.log(describeIdmap(finding).detail);
});

test('the ids are those set aside for root as users and as groups, else the usual ones', (t) => {
	const of = (users: string, groups: string) => idsOfRoot((path) => (path === '/etc/subuid' ? users : groups));
	const both = 'a:100000:65536\nroot:300000:1000\nroot:500000:65536\n';
	t.deepEqual(of(both, both), {start: 300_000, count: 1000});
	t.deepEqual(of(both, 'root:500000:65536\n'), {start: 500_000, count: 65_536});
	t.deepEqual(of('a:200000:65536\n', ''), {start: 100_000, count: 65_536});
});

test('a refusal is told with its reason and what mends it', (t) => {
	const range = {start: 100_000, count: 65_536};
	t.deepEqual(describeIdmap({works: false, range, reason: 'Failed to make mount /sys/fs/cgroup/systemd readonly'}), {
		area: 'idmap',
		subject: 'container',
		state: 'broken',
		detail: 'libvirt starts none with its ids mapped to 65536 from 100000 on: Failed to make mount /sys/fs/cgroup/systemd readonly',
		mend: 'Boot with one kind of control groups: systemd.unified_cgroup_hierarchy=1 on the line of the kernel',
	});
	t.like(describeIdmap({works: false, range, reason: 'guest failed to start'}), {state: 'broken', mend: null});
});
