import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, realpathSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {listenForPort} from '../../../src/backend/machine/ports/port.ts';
import {HeldDevices} from '../../../src/backend/guest/image/held-devices.ts';
import {linkCheckingOpened} from '../../../src/backend/machine/checked-opened.ts';
import type {Link} from '../../../src/backend/start/link.ts';
import type {MachinePlan} from '../../../src/backend/machine/machine-plan.ts';
import {rootCaller} from '../../helpers/caller.ts';

/** Creates a machine whose QEMU has opened what is `led`, and is to share what is `asked`; gives what was done, in order. */
async function create(t: ExecutionContext, asked: string, led: string, rest: Partial<Link> = {}): Promise<string[]> {
	const path = realpathSync(mkdtempSync(join(tmpdir(), 'checked-')));
	t.teardown(() => rmSync(path, {recursive: true}));
	for (const name of ['asked', 'other']) mkdirSync(join(path, name));
	const control = await listenForPort(join(path, 'control'));
	t.teardown(() => control.close());
	const done: string[] = [];
	const link = {
		create(_xml: string, {autodestroy, isPaused}: Parameters<Link['create']>[1]) {
			done.push(`create${autodestroy ? ', with us' : ''}${isPaused === true ? ', paused' : ''}`);
			const script = `use IO::Socket::UNIX; opendir my $d, '${join(path, led)}'; my $s = IO::Socket::UNIX->new(Peer => '${path}/control') or die; <$s>`;
			const child = spawn('perl', ['-e', script], {stdio: 'inherit'});
			t.teardown(() => child.kill('SIGKILL'));
			return once(child, 'spawn').then(() => true);
		},
		resume() {
			done.push('resume');
			return Promise.resolve();
		},
		...rest,
	} as Partial<Link> as Link;
	const plan = {root: {disks: []}, shared: {exports: [{source: join(path, asked)}]}, program: {architecture: 'x64'}} as unknown as MachinePlan;
	const state = {path, id: '00000000', root: path, io: path};
	const checking = linkCheckingOpened(link, plan, {state, temporary: [], control, caller: rootCaller, held: new HeldDevices()});
	try {
		done.push(String(await checking.create('xml', {autodestroy: true})));
	} catch (error) {
		done.push(error instanceof Error ? error.message.replace(path, '') : '');
	}
	return done;
}

// The program that asks is for the processor of machines.
const testForMachines = process.arch === 'x64' ? test : test.skip;

testForMachines('a machine begins once its QEMU is seen to share the right directory', async (t) => {
	t.deepEqual(await create(t, 'asked', 'asked'), ['create, with us, paused', 'resume', 'true']);
});

testForMachines('a machine whose QEMU shares another directory never begins', async (t) => {
	t.deepEqual(await create(t, 'asked', 'other'), ['create, with us, paused', 'The way to /asked changed while the machine started']);
});

testForMachines('a machine that is not made, since its name is taken, is not waited for', async (t) => {
	t.deepEqual(await create(t, 'asked', 'asked', {create: () => Promise.resolve(false)}), ['false']);
});
