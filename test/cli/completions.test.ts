import {execFileSync, spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import test from 'ava';
import {fishCompletion, zshCompletion} from '../../src/cli/completion-files.ts';
import {optionTable} from '../../src/cli/virt-sandbox-options.ts';

for (const place of ['completions/virt-sandbox.bash', 'docs/options.md']) {
	test(`${place} knows the options, and no other`, (t) => {
		const text = readFileSync(place, 'utf8');
		const known = new Set(Array.from(text.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g), ([, long]) => long));
		t.deepEqual(
			optionTable.filter((row) => known.has(row.long) !== !('refused' in row)).map((row) => row.long),
			[],
		);
	});
}

for (const [place, make, shell] of [
	['completions/_virt-sandbox', zshCompletion, 'zsh'],
	['completions/virt-sandbox.fish', fishCompletion, 'fish'],
] as const) {
	test(`${place} is what scripts/make-completions.ts makes`, (t) => {
		t.is(readFileSync(place, 'utf8'), make());
	});

	test(`${place} can be read by ${shell}, where that is installed`, (t) => {
		const {error, status, stderr} = spawnSync(shell, ['-n', place], {encoding: 'utf8', timeout: 10_000});
		if (error === undefined) t.deepEqual({status, stderr}, {status: 0, stderr: ''});
		else t.pass();
	});
}

/** What bash offers for the last word. */
function completeInBash(...words: readonly string[]): string[] {
	const script = `
source ${resolve('completions/virt-sandbox.bash')}
compopt() { :; }
COMP_WORDS=("$@")
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_virt_sandbox
printf '%s\\n' "\${COMPREPLY[@]}"`;
	return execFileSync('bash', ['-c', script, 'bash', ...words], {encoding: 'utf8', timeout: 10_000})
		.trimEnd()
		.split('\n');
}

test('bash offers options, their values, and commands after them', (t) => {
	t.deepEqual(completeInBash('virt-sandbox', '--ke'), ['--keep', '--kernver', '--kernpath', '--keepalive-interval', '--keepalive-count']);
	t.deepEqual(completeInBash('virt-sandbox', '--accel', ''), ['auto', 'kvm', 'tcg']);
	t.deepEqual(completeInBash('virt-sandbox', '-m', 'ra'), ['ram:']);
	t.true(completeInBash('virt-sandbox', '-m', 'ram:/x=1M', '-k', '5', 'tru').includes('true'));
	t.true(completeInBash('virt-sandbox', '-p', '--', 'tru').includes('true'));
});
