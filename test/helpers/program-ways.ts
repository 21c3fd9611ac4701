// The program in each kind of sandbox: a test of it is written once and runs in a container, a machine, and an ordinary user's machine.
import test, {type ExecutionContext} from 'ava';
import {testLibvirtd, testWithLibvirtd} from './libvirtd.ts';
import {testMachineUri, testWithMachines, testWithUserMachines} from './machine.ts';
import {makeUser, type OrdinaryUser} from './ordinary-user.ts';
import {programPath, runProgram, startProgram, type Ended, type RunSettings, type Running} from './run-program.ts';

/** A program with its first words. */
type Call = readonly [file: string, words: readonly string[]];

/** A way to run commands by virt-sandbox. */
export interface ProgramWay {
	readonly name: 'container' | 'machine' | 'user';
	/** What is much data for it, in bytes. */
	readonly bulk: number;
	/** What runs `virt-sandbox WORDS…`: in a sandbox of its own, or, where that takes seconds to boot, by --exec in a machine that all tests of a file share. */
	call(words: readonly string[]): Promise<Call>;
	readonly settings: () => RunSettings;
}

const program = programPath('virt-sandbox');
/** Short: a user's libvirtd makes a socket deep below a directory of this name. */
const sharedName = `all-${process.pid}`;
const keepShared = ['--accel', 'tcg', '--keep', '--name', sharedName, '--', 'sleep', '3600'];

const container: ProgramWay = {
	name: 'container',
	bulk: 50_000_000,
	call: (words) => Promise.resolve([program, ['-c', testLibvirtd().uri, ...words]]),
	settings: () => ({}),
};

let machineStart: Promise<Ended> | undefined;
const machine: ProgramWay = {
	name: 'machine',
	bulk: 4_000_000,
	async call(words) {
		machineStart ??= runProgram(program, ['-c', testMachineUri(), ...keepShared]);
		requireStarted(await machineStart);
		return [program, ['--exec', sharedName, ...words]];
	},
	settings: () => ({}),
};

let user: OrdinaryUser | undefined;
let userStart: Promise<Ended> | undefined;
const ofUser: ProgramWay = {
	name: 'user',
	bulk: 4_000_000,
	async call(words) {
		user ??= makeUser();
		userStart ??= user.run('virt-sandbox', ['-c', 'qemu:///session', ...keepShared]);
		requireStarted(await userStart);
		return user.as('virt-sandbox', ['-c', 'qemu:///session', '--exec', sharedName, ...words]);
	},
	settings: () => ({environment: user?.environment ?? {}, cwd: '/'}),
};

function requireStarted({status, stderr}: Ended): void {
	if (status !== 0) throw new Error(`The shared machine did not start: ${stderr}`);
}

test.after.always('the shared machines end', async () => {
	if (machineStart !== undefined) await runProgram(programPath('virt-sandbox-shell'), ['-q', '-c', testMachineUri(), `destroy ${sharedName}`]);
	if (user === undefined) return;
	if (userStart !== undefined) await user.run('virt-sandbox-shell', ['-q', '-c', 'qemu:///session', `destroy ${sharedName}`]);
	await user.end();
});

/** Starts the program. */
export async function start(way: ProgramWay, words: readonly string[], settings: RunSettings = {}): Promise<Running> {
	const [file, rest] = await way.call(words);
	return startProgram(file, rest, {...way.settings(), ...settings});
}

/** Runs the program to its end; without input it gets an empty one. */
export async function run(way: ProgramWay, words: readonly string[], settings: RunSettings = {}): Promise<Ended> {
	return (await start(way, words, {input: '', ...settings})).ended;
}

/** A test of each way that can be tested here. */
export function testEachWay(title: string, body: (t: ExecutionContext, way: ProgramWay) => Promise<void>): void {
	testWithLibvirtd(title, (t) => body(t, container));
	testWithMachines(`${title}, in a machine too`, (t) => body(t, machine));
	testWithUserMachines(`${title}, in an ordinary user's machine too`, (t) => body(t, ofUser));
}
