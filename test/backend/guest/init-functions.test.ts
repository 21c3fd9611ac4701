import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {appletLines} from '../../../src/backend/guest/init-functions.ts';
import {findBusybox} from '../../../src/backend/host/busybox.ts';

/** Runs lines of an init, whose busybox is the host's, by a shell. */
function run(shell: readonly [file: string, ...words: string[]], script: string) {
	const [file, ...words] = shell;
	const lines = appletLines.replaceAll('/run/sandbox/busybox', findBusybox());
	const {stdout, stderr} = spawnSync(file, [...words, '-c', `${lines}\n${script}`], {encoding: 'utf8', timeout: 30_000});
	return {stdout, stderr};
}

const useApplets = (directory: string) =>
	`mkdir ${directory}/a && ln -s x "${directory}/a/b c" && echo x | dd bs=1 count=1 2>/dev/null; usleep 1; dirname ${directory}/a; rm -r ${directory}/a`;

for (const [what, shell] of [
	["busybox's shell, which may look for applets in itself", [findBusybox(), 'sh']],
	['a shell that has none of its own', ['/bin/sh']],
] as const) {
	test(`applets are there in ${what}, and no program of the root`, (t) => {
		const directory = mkdtempSync(join(tmpdir(), 'applets-'));
		t.teardown(() => rmSync(directory, {recursive: true}));
		t.deepEqual(run(shell, useApplets(directory)), {stdout: `x${directory}\n`, stderr: ''});
		t.regex(run(shell, 'perl -v; git --version').stderr, /perl: not found[^]*git: not found/);
	});
}
