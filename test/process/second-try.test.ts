// scripts/test.sh with tests that are said: what fails at first and passes alone, and what it counts as.
import {spawnSync} from 'node:child_process';
import {chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import test, {type ExecutionContext} from 'ava';

const firstRun = ['  ✔ process › one › stands', '  ✘ [fail]: process › one › comes late', '  ✘ [fail]: process › two › is wrong', '', '  2 tests failed'];

/** What the script says after two runs of tests; the status of the second is 0 where no test failed in it. */
function runTests(
	t: ExecutionContext,
	second: readonly string[],
	environment: Readonly<Record<string, string>>,
): {status: number | null; last: readonly string[]} {
	const project = mkdtempSync(join(tmpdir(), 'second-try-'));
	t.teardown(() => rmSync(project, {recursive: true}));
	for (const directory of ['scripts', 'bin', 'build/test/process']) mkdirSync(join(project, directory), {recursive: true});
	for (const name of ['one', 'two']) writeFileSync(join(project, `build/test/process/${name}.test.js`), '');
	copyFileSync(resolve('scripts/test.sh'), join(project, 'scripts/test.sh'));
	const put = (path: string, ...lines: readonly string[]): void => {
		writeFileSync(join(project, path), ['#!/bin/sh', ...lines, ''].join('\n'));
		chmodSync(join(project, path), 0o755);
	};
	put('bin/tsc');
	put('scripts/build.sh');
	put('scripts/node-path.sh', `PATH=${project}/bin:$PATH`);
	writeFileSync(join(project, 'first'), `${firstRun.join('\n')}\n`);
	writeFileSync(join(project, 'second'), `${second.join('\n')}\n`);
	put(
		'scripts/test-bed.sh',
		`cd ${project} || exit 9`,
		'[ -e tried ] || { touch tried; cat first; exit 1; }',
		'cat second',
		"! grep -q 'tests\\? failed$' second",
	);
	const {status, stdout} = spawnSync('bash', [join(project, 'scripts/test.sh'), 'test/process/one.test.ts', 'test/process/two.test.ts'], {
		encoding: 'utf8',
		timeout: 20_000,
		env: {...process.env, ...environment},
	});
	return {status, last: stdout.trimEnd().split('\n').slice(-3)};
}

const steady = ['  ✔ process › one › comes late', '  ✔ process › two › is wrong', '', '  2 tests passed'];
const half = ['  ✔ process › one › comes late', '  ✘ [fail]: process › two › is wrong', '', '  1 test failed'];

test('what failed at first and passed alone has passed, and is named before the closing line', (t) => {
	t.deepEqual(runTests(t, steady, {STRICT: ''}), {
		status: 0,
		last: ['failed at first and passed alone: comes late', 'failed at first and passed alone: is wrong', '3 passed, 0 failed'],
	});
	t.deepEqual(runTests(t, half, {STRICT: ''}), {
		status: 1,
		last: ['failed: process › two › is wrong', 'failed at first and passed alone: comes late', '2 passed, 1 failed'],
	});
});

test('with STRICT=1 it has failed all the same', (t) => {
	t.deepEqual(runTests(t, steady, {STRICT: '1'}), {
		status: 1,
		last: ['failed at first and passed alone: comes late', 'failed at first and passed alone: is wrong', '1 passed, 2 failed'],
	});
	t.deepEqual(runTests(t, half, {STRICT: '1'}), {
		status: 1,
		last: ['failed: process › two › is wrong', 'failed at first and passed alone: comes late', '1 passed, 2 failed'],
	});
});
