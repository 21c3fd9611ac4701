// A libvirtd that never says whether it has made the sandbox: whoever waits gives up when asked to, and what may come of it is left to --clean.
import type {ExecutionContext} from 'ava';
import {stateBase} from '../../src/backend/guest/state/state-directory.ts';
import {findLeftovers} from '../../src/backend/clean-up/leftovers.ts';
import {openConnection, procedures} from '../../src/backend/libvirt/index.ts';
import {rootCaller} from '../helpers/caller.ts';
import {startCountingRelay} from '../helpers/counting-relay.ts';
import {waitUntil} from '../helpers/kept.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {programPath, runProgram, startProgram} from '../helpers/run-program.ts';

const creates = [procedures.createXml.number, procedures.createXmlWithFiles.number];
const program = programPath('virt-sandbox');

async function giveUp(t: ExecutionContext, uri: string, words: readonly string[]): Promise<void> {
	const [scheme = '', socket = ''] = uri.split('?socket=');
	const relay = await startCountingRelay(t, socket, {deafTo: creates});
	const relayed = `${scheme}?socket=${relay.socket}`;
	const name = `unanswered-${process.pid}`;
	const {child, ended} = startProgram(program, ['-c', relayed, '--name', name, ...words, '--', 'true']);
	await waitUntil(() => relay.isDeaf() || child.exitCode !== null, 'the create is on its way');
	const begun = performance.now();
	child.kill('SIGTERM');
	const {status, stderr} = await ended;
	t.is(status, 143, stderr);
	t.true(performance.now() - begun < 20_000);
	const left = (): number => findLeftovers(stateBase(rootCaller)).filter(({record}) => record?.uri === relayed).length;
	await waitUntil(() => left() === 1, 'its keeper has gone, and the state is left');
	const cleaned = await runProgram(program, ['-c', uri, '--clean']);
	t.is(cleaned.status, 0, cleaned.stderr);
	t.is(left(), 0);
	const connection = await openConnection(uri);
	const domains = await connection.listAllDomains(0);
	await connection.close();
	t.false(domains.some((domain) => domain.name === name));
}

for (const [what, words] of [
	['a container', []],
	['a container that is to stay', ['--keep']],
] as const) {
	testWithLibvirtd(`TERM ends the wait for ${what}`, async (t) => giveUp(t, testLibvirtd().uri, words));
}

testWithMachines('TERM ends the wait for a machine', async (t) => giveUp(t, testMachineUri(), ['--accel', 'tcg']));
