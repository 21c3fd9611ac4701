// What libvirt's own drivers say of a file in which nothing else is wrong.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {rightSamples} from '../helpers/rule-samples.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

interface Row {
	readonly path: string;
	readonly culprit: string;
	readonly source: string;
	readonly level: string;
	readonly message: string;
}

async function validate(t: ExecutionContext, uri: string, text: string): Promise<readonly Row[]> {
	const directory = mkdtempSync(join(tmpdir(), 'validate-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const file = join(directory, 'domain.xml');
	writeFileSync(file, text);
	const {stdout, stderr} = await runProgram(programPath('virt-sandbox-shell'), ['-c', uri, '--output', 'json', `validate --file ${file}`]);
	t.true(stdout !== '', stderr);
	return (JSON.parse(stdout) as {rows: readonly Row[]}).rows.filter(({level}) => level === 'error');
}

const [machine = '', container = ''] = rightSamples;

testWithMachines('what the QEMU driver refuses is told with its place, and nothing of it stays', async (t) => {
	const uri = testMachineUri();
	t.deepEqual(await validate(t, uri, machine), []);
	const future = machine.replace("machine='q35'", "machine='pc-q35-99.0'");
	t.like(await validate(t, uri, future), [{path: '/domain/os/type', culprit: 'pc-q35-99.0', source: 'libvirt'}]);
	const feature = machine.replace("<cpu mode='maximum'/>", "<cpu mode='custom'><model>qemu64</model><feature policy='require' name='nosuch'/></cpu>");
	t.like(await validate(t, uri, feature), [{path: '/domain/cpu/feature', culprit: 'nosuch', source: 'libvirt'}]);
	const {stdout} = await runProgram(programPath('virt-sandbox-shell'), ['-c', uri, 'list --all']);
	t.notRegex(stdout, /\bweb\b/);
});

test('what any driver refuses is told by the test driver, whose domains nobody else sees', async (t) => {
	const {uri} = testLibvirtd();
	t.deepEqual(await validate(t, uri, container), []);
	const disk = "<disk type='block'><source dev='/dev/null'/><target dev='vda'/></disk>";
	const rows = await validate(t, uri, container.replace('<!-- more -->', disk.repeat(2)));
	t.is(rows.length, 1);
	t.like(rows[0], {culprit: 'vda', source: 'libvirt'});
	t.regex(rows[0]?.message ?? '', /^libvirt refuses it: .*target 'vda' duplicated/);
	const {stdout} = await runProgram(programPath('virt-sandbox-shell'), ['-c', uri, 'list --all']);
	t.notRegex(stdout, /\bbox\b/);
});
