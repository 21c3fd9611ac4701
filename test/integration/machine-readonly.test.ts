import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {quote} from '../../src/backend/guest/command-file.ts';
import {makeCache} from '../../src/backend/host/cache.ts';
import {chooseKernel, hostKernelPlaces} from '../../src/backend/host/kernels.ts';
import {endMachine} from '../../src/backend/life/machine-end.ts';
import {prepareBoot} from '../../src/backend/life/machine-files.ts';
import {chooseModules} from '../../src/backend/life/machine-kernel.ts';
import {planMachine, type MachinePlan} from '../../src/backend/life/machine-plan.ts';
import {beginPlanned} from '../../src/backend/life/machine-start.ts';
import type {StartOptions} from '../../src/backend/types.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {testMachineUri, testWithMachines, testWithUserMachines} from '../helpers/machine.ts';
import {finish, rootCaller, silentVoice} from '../helpers/run-sandbox.ts';

const spec = {...defaultSpec, command: ['true'], kernel: {...defaultSpec.kernel, accel: 'tcg' as const}};

/** Boots a plan whose process 1 first tries, with all the rights there are in a guest, to write to a file of the host by its root's share. */
async function attackRoot(t: ExecutionContext, plan: MachinePlan, mountAgain: string, afterwards = ''): Promise<readonly string[]> {
	const directory = mkdtempSync(join(tmpdir(), 'readonly-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const victim = join(directory, 'victim');
	writeFileSync(victim, "the host's");
	const attack = `
		mount -o remount,rw /s/root && say remounted
		echo changed >${quote(`/s/root${victim}`)} || say refused once
		mkdir /again
		${mountAgain} && say mounted again
		echo changed >${quote(`/again${victim}`)} || say refused twice
		rm ${quote(`/again${victim}`)} || say refused thrice
		umount /again
		${afterwards}`;
	const script = plan.root.script.replace('\techo "$name"', (line) => `${attack}\n${line}`);
	t.not(script, plan.root.script);
	const said: string[] = [];
	const options: StartOptions = {
		voice: silentVoice,
		caller: rootCaller,
		onBootLog(line) {
			const [, words] = /virt-sandbox: (.*)/.exec(line) ?? [];
			if (words !== undefined) said.push(words);
		},
	};
	const attacking = {...plan, root: {...plan.root, script}};
	const prepared = await prepareBoot(attacking, makeCache(rootCaller));
	const machine = await beginPlanned(
		attacking,
		{domainType: 'qemu', reason: 'asked for', isProbe: false},
		{prepared, begun: 0, options, onHello: () => undefined},
	);
	t.is((await finish(endMachine(machine))).status, 0);
	t.is(readFileSync(victim, 'utf8'), "the host's");
	return said;
}

const allRefused = ['remounted', 'refused once', 'mounted again', 'refused twice', 'refused thrice'];

testWithMachines('process 1 of a guest cannot write to the host by virtiofs, not after a remount and not by another mount', async (t) => {
	const plan = planMachine(spec, testMachineUri(), {caller: rootCaller});
	t.is(plan.transport.type, 'virtiofs');
	t.deepEqual(await attackRoot(t, plan, 'mount -t virtiofs -o rw root /again'), allRefused);
});

// Its channel takes one mount at a time.
testWithUserMachines('nor by 9p', async (t) => {
	const virtiofs = planMachine(spec, testMachineUri(), {caller: rootCaller});
	const transport = {type: '9p' as const};
	const kernel = chooseKernel(spec.kernel, [{module: '9pnet_virtio', purpose: 'to share directories by 9p'}], hostKernelPlaces());
	const plan = {...virtiofs, transport, kernel, modules: chooseModules(spec, virtiofs.root, kernel, transport)};
	t.deepEqual(
		await attackRoot(t, plan, 'umount /s/root && mount -t 9p -o rw,trans=virtio,version=9p2000.L root /again', 'share root ro loose /'),
		allRefused,
	);
});
