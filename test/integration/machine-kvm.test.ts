import {existsSync} from 'node:fs';
import type {StartOptions} from '../../src/backend/types.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {startTestMachine, testWithMachines as test} from '../helpers/machine.ts';
import {finish} from '../helpers/run-sandbox.ts';

test('a machine runs with KVM or without, by itself; that KVM fails is told once and not tried again', async (t) => {
	const warnings: string[] = [];
	const phases: string[] = [];
	const voice: StartOptions['voice'] = {
		notice(level, code) {
			if (level === 'warning') warnings.push(code);
		},
		phase: (name) => void phases.push(name),
	};
	const run = async (): Promise<number> => {
		const sandbox = await startTestMachine(t, {command: ['sh', '-c', 'exit 3'], kernel: defaultSpec.kernel}, {voice});
		return (await finish(sandbox)).status;
	};
	t.is(await run(), 3);
	const [fault] = warnings;
	t.true(fault === undefined || (fault === 'kvm' && existsSync('/dev/kvm')));
	warnings.length = 0;
	phases.length = 0;
	t.is(await run(), 3);
	t.deepEqual({warnings, phases}, {warnings: [], phases: ['kernel', 'initramfs', 'layout', 'create', 'boot', 'root', 'ready']});

	// Asked for, it is tried again, and fails with the reason where it does not work.
	const asking = startTestMachine(t, {command: ['true'], kernel: {...defaultSpec.kernel, accel: 'kvm'}});
	if (fault === undefined && existsSync('/dev/kvm')) t.is((await finish(await asking)).status, 0);
	else await t.throwsAsync(asking, {message: /KVM|did not boot|its processor|ended before/});
});
