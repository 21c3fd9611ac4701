import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {ShellError} from '../../../../src/core/errors.ts';
import {readFilterFile} from '../../../../src/backend/guest/filter/read-filter-file.ts';
import {audited, judgeCall} from '../../../helpers/judge-call.ts';

function write(t: ExecutionContext, data: string): string {
	const directory = mkdtempSync(join(tmpdir(), 'filter-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const path = join(directory, 'filter.json');
	writeFileSync(path, data);
	return path;
}

const basis = {architecture: 'x64', kernel: '6.12.0'} as const;
const hint = "It is to have the OCI runtime's form: JSON with defaultAction and syscalls, as the default profiles of docker and podman";

test('a file becomes a filter', (t) => {
	const filter = readFilterFile(write(t, '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO"}]}'), basis);
	t.deepEqual(
		[0, 1].map((number) => judgeCall(filter, {architecture: audited.x64, number})),
		['EPERM', 'allowed'],
	);
});

test('a fault in a file names the file', (t) => {
	const path = write(t, '{"defaultAction": 1}');
	const error = t.throws(() => readFilterFile(path, basis), {instanceOf: ShellError});
	t.deepEqual([error.code, error.message, error.hint], ['refused', `The filter of system calls ${path} cannot be used: defaultAction is not a string`, hint]);
});

test('what is not JSON, no file or too large is refused, and a pipe does not hold us up', (t) => {
	const path = write(t, 'not JSON');
	t.throws(() => readFilterFile(path, basis), {message: /^The filter of system calls .* cannot be used: Unexpected token/});
	t.throws(() => readFilterFile(`${path}.missing`, basis), {message: `The host has no file ${path}.missing to filter system calls by`});
	t.throws(() => readFilterFile(join(path, '..'), basis), {message: /is not a regular file$/});
	spawnSync('mkfifo', [`${path}.pipe`]);
	t.throws(() => readFilterFile(`${path}.pipe`, basis), {message: /is not a regular file$/});
	writeFileSync(path, ' '.repeat(1024 ** 2 + 1));
	t.throws(() => readFilterFile(path, basis), {message: /is larger than 1 MiB$/});
});

test('a filter that takes more instructions than the kernel does is refused', (t) => {
	const args = Array.from({length: 6}, (_, index) => ({index, value: 1, op: 'SCMP_CMP_EQ'}));
	const syscalls = Array.from({length: 300}, () => ({names: ['read'], action: 'SCMP_ACT_ERRNO', args}));
	t.throws(() => readFilterFile(write(t, JSON.stringify({defaultAction: 'SCMP_ACT_ALLOW', syscalls})), basis), {
		message: /it takes more than the 4096 instructions of the kernel$/,
	});
});
