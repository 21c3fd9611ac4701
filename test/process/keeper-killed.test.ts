// A kept sandbox whose keeper was killed runs on. What works without the keeper does; a container gets a new one when that is needed.
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openConnection} from '../../src/backend/libvirt/index.ts';
import {findSandbox} from '../../src/backend/session/find-sandbox.ts';
import {rootCaller} from '../helpers/caller.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {programPath, runProgram, startProgram, type Ended} from '../helpers/run-program.ts';
import {waitUntil} from '../helpers/wait-until.ts';

const [sandbox, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];
const lost =
	/The process that kept the sandbox was killed \(\d+\)\n +hint: The next command gives a container a new keeper; a machine takes no more commands: /;

async function killKeeper(name: string): Promise<void> {
	process.kill(findSandbox(name, rootCaller).record.owner.pid, 'SIGKILL');
	await waitUntil(() => !findSandbox(name, rootCaller).isOwned, 'the keeper has gone');
}

testWithLibvirtd('a killed keeper is told at once, and stop, destroy and log do without it', async (t) => {
	const uri = ['-c', testLibvirtd().uri];
	const name = `unkept-${process.pid}`;
	const call = (line: string): Promise<Ended> => runProgram(shell, ['-q', ...uri, line]);
	for (const end of ['stop', 'destroy']) {
		await runProgram(sandbox, [...uri, '--keep', '--name', name, '--', 'sh', '-c', 'echo hello; exec sleep 600']);
		const running = startProgram(sandbox, ['--exec', name, '--', 'sh', '-c', 'echo begun; exec sleep 600'], {input: ''});
		const followed = startProgram(shell, ['-q', ...uri, `log ${name} --follow`], {input: ''});
		await Promise.all([running.says('begun'), followed.says('hello')]);
		await killKeeper(name);

		t.like(await running.ended, {status: 125, stdout: 'begun\n'});
		const {status, stderr} = await followed.ended;
		t.is(status, 3);
		t.regex(stderr, /nobody records any more what it says/);
		t.deepEqual(await call(`log ${name} stdout`), {status: 0, stdout: 'hello\n', stderr: ''});
		// Without a connection that is named it is found by what this host knows of it.
		t.regex((await runProgram(shell, ['-q', 'list'])).stdout, new RegExp(`^ *\\d+ +${name} +running`, 'm'));
		t.like(await runProgram(shell, ['-q', `info ${name}`]), {status: 0});
		t.deepEqual(await call(`${end} ${name}`), {status: 0, stdout: '', stderr: ''});
	}
});

testWithLibvirtd('the next command has a new keeper take a container over, which says so once; what is said meanwhile waits', async (t) => {
	const uri = ['-c', testLibvirtd().uri];
	const name = `taken-${process.pid}`;
	const call = (line: string): Promise<Ended> => runProgram(shell, ['-q', ...uri, line]);
	const flags = mkdtempSync(join(tmpdir(), 'taken-'));
	t.teardown(() => rmSync(flags, {recursive: true}));
	// More than a pipe holds.
	const counting =
		'await() { until [ -e /flag/$1 ]; do sleep 0.05; done; }; echo 0; await go; seq 5000; touch /flag/written; seq 5001 40000; await stop; exit 7';
	const words = ['--env', 'GIVEN=at start', '-m', `host-bind:/flag=${flags}`, '--keep', '--name', name, '--', 'sh', '-c', counting];
	await runProgram(sandbox, [...uri, ...words]);
	t.teardown(() => call(`destroy ${name}`));
	const running = startProgram(sandbox, ['--exec', name, '--', 'sh', '-c', 'echo begun; exec sleep 600'], {input: ''});
	await running.says('begun');
	const {record, statePath} = findSandbox(name, rootCaller);
	await killKeeper(name);
	t.like(await running.ended, {status: 125});
	writeFileSync(join(flags, 'go'), '');
	await waitUntil(() => existsSync(join(flags, 'written')), 'the command has written while nobody read');

	const told = `The process that kept '${name}' was killed (${record.owner.pid}): a new one keeps it from now on`;
	const ask = (): Promise<Ended> => runProgram(sandbox, ['--exec', name, '--', 'sh', '-c', 'echo $GIVEN; exit 3']);
	const both = await Promise.all([ask(), ask()]);
	for (const each of both) t.like(each, {status: 3, stdout: 'at start\n'});
	t.deepEqual(both.map(({stderr}) => stderr).toSorted(), ['', `virt-sandbox: warning: ${told}\n`]);
	t.deepEqual(await ask(), {status: 3, stdout: 'at start\n', stderr: ''});
	const {owner} = findSandbox(name, rootCaller).record;
	t.not(owner.pid, record.owner.pid);
	t.regex((await call(`info ${name}`)).stdout, new RegExp(`^Owner pid: +${owner.pid}$`, 'm'));
	// The command of before has gone with whoever asked for it.
	const untilGone = 'while ps ax | grep -q "[s]leep 600"; do sleep 0.05; done';
	t.like(await runProgram(sandbox, ['--exec', name, '--', 'sh', '-c', untilGone]), {status: 0});
	t.deepEqual((await call(`log ${name} stderr`)).stdout, '[The process that kept the sandbox was killed: another one keeps it from here on]\n');

	const log = startProgram(shell, ['-q', ...uri, `log ${name} stdout --follow`], {input: ''});
	await log.says('40000\n');
	await killKeeper(name);
	t.like(await log.ended, {status: 3});
	const again = startProgram(shell, ['-q', ...uri, `wait ${name}`], {input: ''});
	await waitUntil(() => findSandbox(name, rootCaller).isOwned, 'it has a keeper');
	const rest = startProgram(shell, ['-q', ...uri, `log ${name} stdout --follow`], {input: ''});
	await rest.says('40000\n');
	writeFileSync(join(flags, 'stop'), '');
	t.like(await again.ended, {status: 0, stdout: `Name:   ${name}\nStatus: 7\n`});
	t.is((await rest.ended).stdout, Array.from({length: 40_001}, (_, number) => `${number}\n`).join(''));
	t.false(existsSync(statePath));
});

testWithLibvirtd('who only looks begins no keeper, and who sends a signal hears of one', async (t) => {
	const name = `heard-${process.pid}`;
	await runProgram(sandbox, ['-c', testLibvirtd().uri, '--keep', '--name', name, '--', 'sleep', '600']);
	t.teardown(() => runProgram(shell, ['-q', `destroy ${name}`]));
	const {record} = findSandbox(name, rootCaller);
	await killKeeper(name);
	const looked = await runProgram(shell, ['-q', '--readonly', `wait ${name}`]);
	t.like(looked, {status: 3, stdout: ''});
	t.regex(looked.stderr, lost);
	t.false(findSandbox(name, rootCaller).isOwned);
	const told = `warning: The process that kept '${name}' was killed (${record.owner.pid}): a new one keeps it from now on\n`;
	t.deepEqual(await runProgram(shell, [`signal ${name} CONT`]), {status: 0, stdout: '', stderr: told});
});

testWithLibvirtd('a container that ends before anybody takes it over says so', async (t) => {
	const {uri} = testLibvirtd();
	const connection = await openConnection(uri);
	t.teardown(() => connection.close());
	const name = `gone-${process.pid}`;
	/** Undefined: another test put it away meanwhile. */
	const ask = async (): Promise<readonly [exec: Ended, wait: Ended] | undefined> => {
		await runProgram(sandbox, ['-c', uri, '--keep', '--name', name, '--', 'sleep', '600']);
		const {record, statePath} = findSandbox(name, rootCaller);
		await killKeeper(name);
		await connection.destroy(await connection.lookupByUuid(record.uuid));
		const asked = await Promise.all([runProgram(sandbox, ['--exec', name, '--', 'true']), runProgram(shell, ['-q', `wait ${name}`])]);
		return existsSync(statePath) ? asked : undefined;
	};
	let asked = await ask();
	for (let tries = 1; asked === undefined && tries < 10; tries++) asked = await ask();
	const [{status, stderr} = {status: undefined, stderr: ''}, waited] = asked ?? [];
	t.is(status, 125);
	t.regex(stderr, new RegExp(`^virt-sandbox: Sandbox '${name}' has ended since its keeper was killed: its status is lost\n`));
	t.deepEqual(waited, {status: 0, stdout: `Name:   ${name}\nStatus: -\n`, stderr: ''});
	t.like(await runProgram(sandbox, ['--clean']), {status: 0});
});

testWithMachines('a machine whose keeper was killed takes no command any more, and says so at once', async (t) => {
	const uri = ['-c', testMachineUri()];
	const name = `lost-${process.pid}`;
	const call = (line: string): Promise<Ended> => runProgram(shell, ['-q', ...uri, line]);
	await runProgram(sandbox, [...uri, '--accel', 'tcg', '--keep', '--name', name, '--', 'sleep', '600']);
	await killKeeper(name);
	for (const asked of [runProgram(sandbox, ['--exec', name, '--', 'true']), call(`wait ${name}`), call(`exec ${name} true`)]) {
		t.regex((await asked).stderr, lost);
	}
	t.deepEqual(await call(`destroy ${name}`), {status: 0, stdout: '', stderr: ''});
});
