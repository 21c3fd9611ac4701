// Kills at random moments of a machine's life. VIRT_SANDBOX_TEST_MACHINE_KILLS: how many of each kind.
import {machineKills} from '../helpers/kill-kinds.ts';
import {testMachineUri, testWithMachines as test} from '../helpers/machine.ts';
import {countKills} from '../helpers/random-kills.ts';

const kills = Number(process.env['VIRT_SANDBOX_TEST_MACHINE_KILLS'] ?? 3);
/** From before the domain exists until after its command. */
const often = {kills, longestMs: 4500, limitMs: 120_000 + kills * 60_000};

for (const each of machineKills(testMachineUri)) {
	test(each.title, (t) => countKills(t, {...often, kind: each.kind}, each));
}
