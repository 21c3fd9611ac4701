import test, {type ExecutionContext} from 'ava';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testWithMachines, testWithUserMachines} from '../helpers/machine.ts';
import {allProbes, expectationOf} from './all-probes.ts';
import {openOwnWays} from './own-ways.ts';
import type {OwnWay, Probe} from './probe.ts';

const testOf = {
	container: testWithLibvirtd,
	idmap: testWithLibvirtd,
	root: testWithLibvirtd,
	machine: testWithMachines,
	session: testWithUserMachines,
} satisfies Record<OwnWay, unknown>;

/** A test of each wall in each of these ways. */
export function testWalls(ways: readonly OwnWay[]): void {
	const own = openOwnWays();
	test.after.always('the sandboxes of the walls end', () => own.end());
	for (const way of ways) {
		for (const probe of allProbes) testWall(way, probe);
	}

	function testWall(way: OwnWay, probe: Probe): void {
		const expected = expectationOf(probe, way);
		if (expected !== 'held' && 'notApplicable' in expected) return;
		testOf[way](`${way}, ${probe.id}: ${probe.wall}`, async (t: ExecutionContext) => {
			own.begin(ways.filter((each) => testOf[each] === test.serial));
			const found = await own.run(way, probe);
			if (expected === 'held') t.deepEqual(found, []);
			else t.not(found.length, 0, `It holds, but docs/security.md says that ${expected.documented}`);
		});
	}
}
