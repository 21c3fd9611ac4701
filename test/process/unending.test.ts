// A container with a process that does not end, whoever kills it.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {listStates, readOwnerRecord} from '../../src/backend/guest/state/state-directory.ts';
import {isLeftToClean} from '../../src/backend/clean-up/unending.ts';
import {cleanOne} from '../helpers/clean-one.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';
import {mountUnclosingFileSystem} from '../helpers/unclosing-file-system.ts';

const testWithFuse = existsSync('/dev/fuse') ? testWithLibvirtd : test.skip;
const states = '/run/virt-sandbox';
const sandbox = programPath('virt-sandbox');

/** The state directories that tell of a sandbox with this name, which nobody owns any more. */
function listLeft(name: string): string[] {
	return listStates(states).filter((id) => {
		const record = readOwnerRecord(join(states, id));
		return record?.name === name && isLeftToClean(record);
	});
}

testWithFuse('what tells of a container stays as long as one of its processes, and its name is not given to another', async (t) => {
	const {uri} = testLibvirtd();
	const files = await mountUnclosingFileSystem(t);
	const words = ['-c', uri, '--timeout', '2', '-m', `host-bind:/f=${files.path}`, '--', 'sh', '-c', 'echo begun; exec 9</f/f'];
	const {status, stdout, stderr} = await runProgram(sandbox, words);
	t.deepEqual({status, stdout}, {status: 124, stdout: 'begun\n'});
	const name = /warning: A process of '(sandbox-\d+)' does not end: what is left of the sandbox is removed later/.exec(stderr)?.[1] ?? '';
	const left = listLeft(name);
	t.is(left.length, 1, stderr);
	const another = await runProgram(sandbox, ['-c', uri, '--print-xml', '--', 'echo', 'another']);
	t.like(another, {status: 0, stdout: 'another\n'});
	t.notRegex(another.stderr, new RegExp(`<name>${name}</name>`));
	t.regex(another.stderr, /<name>sandbox-/);
	const [id = ''] = left;
	await t.throwsAsync(cleanOne(id, uri), {message: /^A process of 'sandbox-\d+' does not end/});
	t.deepEqual(listLeft(name), left);
	await files.end();
	await cleanOne(id, uri);
	t.deepEqual(listLeft(name), []);
});
