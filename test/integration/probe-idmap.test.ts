import {readdirSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import test from 'ava';
import {findHostTools} from '../../src/backend/host/tools.ts';
import {openConnection} from '../../src/backend/libvirt/index.ts';
import {idsOfRoot, probeIdmap} from '../../src/backend/life/probe-idmap.ts';
import {describeIdmap} from '../../src/cli/live/doctor/check-idmap.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

const isOurs = (name: string) => name.includes('virt-sandbox-idmap');

/** Files, logs and processes of probes. */
function traces(): string[] {
	const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
	return [
		...[tmpdir(), '/var/log/libvirt/lxc', '/run/libvirt/lxc'].flatMap((directory) => readdirSync(directory)),
		...processes.map((pid) => readCommand(pid)),
	].filter(isOurs);
}

function readCommand(pid: string): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
	} catch {
		return '';
	}
}

async function probe(range?: {first: number; count: number}) {
	const connection = await openConnection(testLibvirtd().uri, {timeoutMs: 20_000});
	try {
		const finding = await probeIdmap(connection, {signal: AbortSignal.timeout(40_000), busybox: findHostTools().busybox, range});
		return {finding, names: (await connection.listAllDomains(0)).map(({name}) => name).filter(isOurs)};
	} finally {
		await connection.close();
	}
}

testWithLibvirtd('doctor says of mapped ids what the probe finds, and neither leaves anything', async (t) => {
	const {finding, names} = await probe();
	t.deepEqual(names, []);
	t.deepEqual(traces(), []);
	const {status, stdout, stderr} = await runProgram(programPath('virt-sandbox-shell'), ['--output', 'json', '-c', testLibvirtd().uri, 'doctor']);
	t.is(status, 0, stderr);
	const table = JSON.parse(stdout) as {rows: Array<{area: string; subject: string}>};
	t.deepEqual(
		table.rows.filter(({area, subject}) => area === 'idmap' && subject === 'container'),
		[describeIdmap(finding)],
	);
	t.deepEqual(traces(), []);
	t.log(describeIdmap(finding).detail);
});

testWithLibvirtd('ids that no kernel maps are refused with a reason, and nothing is left', async (t) => {
	const {finding, names} = await probe({first: 4_294_967_000, count: 65_536});
	t.false(finding.works);
	t.true(!finding.works && finding.reason !== '');
	t.log(describeIdmap(finding).detail);
	t.deepEqual(names, []);
	t.deepEqual(traces(), []);
});

test('the ids are those set aside for root as users and as groups, else the usual ones', (t) => {
	const of = (users: string, groups: string) => idsOfRoot((path) => (path === '/etc/subuid' ? users : groups));
	const both = 'a:100000:65536\nroot:300000:1000\nroot:500000:65536\n';
	t.deepEqual(of(both, both), {first: 300_000, count: 1000});
	t.deepEqual(of(both, 'root:500000:65536\n'), {first: 500_000, count: 65_536});
	t.deepEqual(of('a:200000:65536\n', ''), {first: 100_000, count: 65_536});
});

test('a refusal is told with its reason and what mends it', (t) => {
	const range = {first: 100_000, count: 65_536};
	t.deepEqual(describeIdmap({works: false, range, reason: 'Failed to make mount /sys/fs/cgroup/systemd readonly'}), {
		area: 'idmap',
		subject: 'container',
		state: 'broken',
		detail: 'libvirt starts none with its ids mapped to 65536 from 100000 on: Failed to make mount /sys/fs/cgroup/systemd readonly',
		mend: 'Boot with one kind of control groups: systemd.unified_cgroup_hierarchy=1 on the line of the kernel',
	});
	t.like(describeIdmap({works: false, range, reason: 'guest failed to start'}), {state: 'broken', mend: null});
});
