import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {readKvmVerdict} from '../../../../src/backend/machine/boot/kvm.ts';
import {startOnTrial} from '../../../../src/backend/machine/boot/machine-accel.ts';
import {BootFailure} from '../../../../src/backend/machine/boot/machine-boot.ts';
import {ShellError} from '../../../../src/core/errors.ts';

interface Tried {
	readonly ways: readonly string[];
	readonly notices: readonly string[];
	readonly outcome: unknown;
	readonly works: boolean | undefined;
}

interface Faults {
	readonly kvm?: Error;
	readonly tcg?: Error;
	readonly saysHello?: boolean;
	/** What fails is not put away. */
	readonly isLeft?: boolean;
}

/** Starts with KVM on trial: it and the emulation fail as given, after the guest's first word or before it. */
async function start(t: ExecutionContext, {kvm, tcg, saysHello = true, isLeft = false}: Faults): Promise<Tried> {
	const directory = mkdtempSync(join(tmpdir(), 'accel-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const verdictFile = join(directory, 'kvm.json');
	const ways: string[] = [];
	const notices: string[] = [];
	const outcome = await startOnTrial(
		{domainType: 'kvm', reason: 'to be seen', isProbe: true},
		{
			verdictFile,
			voice: {notice: (_level, _code, message) => void notices.push(message), phase: () => undefined},
			async attempt({domainType}, {onHello, onLeft}) {
				ways.push(domainType);
				const fault = domainType === 'kvm' ? kvm : tcg;
				if (fault === undefined || (domainType !== 'kvm' && saysHello)) onHello();
				if (fault === undefined) return domainType;
				if (isLeft) onLeft();
				throw fault;
			},
		},
	).catch((error: unknown) => error);
	return {ways, notices, outcome, works: existsSync(verdictFile) ? readKvmVerdict(verdictFile)?.works : undefined};
}

const halted = new BootFailure('failed', 'The machine was halted', {isOfProcessor: true});
const ended = new BootFailure('failed', 'The machine ended', {isOfProcessor: false});
const late = (givenMs: number): BootFailure => new BootFailure('failed', 'The machine was late', {isOfProcessor: true, givenMs});
const emulated = 'KVM does not work here: The machine was halted. The machine is emulated, which is slower';

test('a machine that boots with KVM proves it', async (t) => {
	t.deepEqual(await start(t, {}), {ways: ['kvm'], notices: [], outcome: 'kvm', works: true});
});

test('KVM is given up where it halts a machine that boots without it', async (t) => {
	t.deepEqual(await start(t, {kvm: halted}), {ways: ['kvm', 'qemu'], notices: [emulated], outcome: 'qemu', works: false});
});

test('KVM is given up where it is late, and emulation is not', async (t) => {
	t.is((await start(t, {kvm: late(10_000)})).works, false);
});

test('KVM is not given up where it is late, and emulation takes as long', async (t) => {
	const {ways, outcome, works} = await start(t, {kvm: late(0)});
	t.deepEqual({ways, outcome, works}, {ways: ['kvm', 'qemu'], outcome: 'qemu', works: undefined});
});

test('KVM is not given up for a machine that does not boot without it either', async (t) => {
	t.deepEqual(await start(t, {kvm: halted, tcg: halted, saysHello: false}), {ways: ['kvm', 'qemu'], notices: [emulated], outcome: halted, works: undefined});
});

test('KVM is not given up for a QEMU that somebody ended, which is tried again without', async (t) => {
	const {ways, outcome, works} = await start(t, {kvm: ended});
	t.deepEqual({ways, outcome, works}, {ways: ['kvm', 'qemu'], outcome: 'qemu', works: undefined});
});

test('any other failure of a start says nothing of KVM, and is the failure', async (t) => {
	const fault = new ShellError('failed', 'There is no network nosuch');
	t.deepEqual(await start(t, {kvm: fault}), {ways: ['kvm'], notices: [], outcome: fault, works: undefined});
});

test('no machine is tried again beside a QEMU that does not end', async (t) => {
	t.deepEqual(await start(t, {kvm: halted, isLeft: true}), {ways: ['kvm'], notices: [], outcome: halted, works: undefined});
});
