import {execFileSync, spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import test from 'ava';
import {bashCompletion, fishCompletion, zshCompletion} from '../../scripts/make/completions.ts';
import {optionTable} from '../../src/cli/virt-sandbox-options.ts';
import {partAsBash} from '../helpers/part-as-bash.ts';

for (const place of ['completions/virt-sandbox.bash', 'docs/options.md']) {
	test(`${place} knows the options, and no other`, (t) => {
		const text = readFileSync(place, 'utf8');
		const known = new Set(Array.from(text.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g), ([, long]) => long));
		t.deepEqual(
			optionTable.filter((row) => !known.has(row.long)).map((row) => row.long),
			[],
		);
	});
}

for (const [place, make, shell] of [
	['completions/virt-sandbox.bash', bashCompletion, 'bash'],
	['completions/_virt-sandbox', zshCompletion, 'zsh'],
	['completions/virt-sandbox.fish', fishCompletion, 'fish'],
] as const) {
	test(`${place} is what scripts/make-completions.ts makes`, (t) => {
		const text = readFileSync(place, 'utf8');
		t.is(text, make(text));
	});

	test(`${place} can be read by ${shell}, where that is installed`, (t) => {
		const {error, status, stderr} = spawnSync(shell, ['-n', place], {encoding: 'utf8', timeout: 10_000});
		if (error === undefined) t.deepEqual({status, stderr}, {status: 0, stderr: ''});
		else t.pass();
	});
}

/** What bash offers at the end of a line. */
function completeInBash(line: string): string[] {
	const script = `
source ${resolve('completions/virt-sandbox.bash')}
compopt() { :; }
COMP_LINE=$1
shift
COMP_WORDS=("$@")
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_virt_sandbox
printf '%s\\n' "\${COMPREPLY[@]}"`;
	return execFileSync('bash', ['-c', script, 'bash', line, ...partAsBash(line)], {encoding: 'utf8', timeout: 10_000})
		.trimEnd()
		.split('\n');
}

test('bash offers options, their values, and commands after them', (t) => {
	t.deepEqual(completeInBash('virt-sandbox --ke'), ['--kernver', '--kernpath', '--keep', '--keepalive-interval', '--keepalive-count']);
	t.deepEqual(completeInBash('virt-sandbox --accel '), ['auto', 'kvm', 'tcg']);
	t.deepEqual(completeInBash('virt-sandbox -m ra'), ['ram:']);
	t.true(completeInBash('virt-sandbox -m ram:/x=1M -k 5 tru').includes('true'));
	t.true(completeInBash('virt-sandbox -p -- tru').includes('true'));
	t.true(completeInBash('virt-sandbox tru').includes('true'));
	t.false(completeInBash('virt-sandbox -n tru').includes('true'));
});

test('bash offers files of the host in mounts and includes, and among the words of a command where nobody knows that', (t) => {
	t.deepEqual(completeInBash('virt-sandbox -m host-bind:/x=/etc/hostn'), ['/etc/hostname']);
	t.deepEqual(completeInBash('virt-sandbox --mount=overlay:/x=/etc/hostn'), ['/etc/hostname']);
	t.deepEqual(completeInBash('virt-sandbox -m ram:/x=/etc/hostn'), ['']);
	t.deepEqual(completeInBash('virt-sandbox -i /x=/etc/hostn'), ['/etc/hostname']);
	t.deepEqual(completeInBash('virt-sandbox -i/etc/hostn'), ['-i/etc/hostname']);
	t.deepEqual(completeInBash('virt-sandbox ls /etc/hostn'), ['/etc/hostname']);
	t.deepEqual(completeInBash('virt-sandbox -- ls -l /etc/hostn'), ['/etc/hostname']);
	t.true(completeInBash('virt-sandbox --env HOM').includes('HOME'));
});

test('bash offers values after = and within a word that it parts', (t) => {
	t.deepEqual(completeInBash('virt-sandbox --connect='), ['lxc:///system', 'qemu:///system', 'qemu:///session']);
	t.deepEqual(completeInBash('virt-sandbox --connect=qemu:///se'), ['///session']);
	t.deepEqual(completeInBash('virt-sandbox -c qemu:'), ['///system', '///session']);
	t.deepEqual(completeInBash('virt-sandbox --output=j'), ['json']);
	t.true(completeInBash('virt-sandbox --connect=lxc:///system tru').includes('true'));
	t.deepEqual(completeInBash('virt-sandbox --connect=lxc:///system --outp'), ['--output']);
});

test('bash knows the last letter of a bundle as an option', (t) => {
	t.deepEqual(completeInBash('virt-sandbox -pc l'), ['lxc:///system']);
	t.deepEqual(completeInBash('virt-sandbox -pcl'), ['-pclxc:///system']);
	t.true(completeInBash('virt-sandbox -pn web tru').includes('true'));
	t.true(completeInBash('virt-sandbox -pnweb tru').includes('true'));
});

// Set-up installs no zsh.
const testWithZsh = spawnSync('zsh', ['--version']).error === undefined ? test : test.skip;
for (const [line, candidate] of [
	['virt-sandbox -c ', 'qemu:///session'],
	['virt-sandbox --connect=', 'qemu:///session'],
	['virt-sandbox -m ', 'host-bind:'],
	['virt-sandbox --seccomp ', 'default'],
	['virt-sandbox-shell -qc ', 'qemu:///session'],
] as const) {
	testWithZsh(`zsh offers what may stand after ${JSON.stringify(line)}`, (t) => {
		const {stdout} = spawnSync('zsh', ['-f', resolve('test/helpers/complete-in-zsh.zsh'), resolve('completions'), line], {
			encoding: 'utf8',
			timeout: 60_000,
			env: {...process.env, PATH: `${resolve('bin')}:${process.env['PATH'] ?? ''}`},
		});
		t.true(stdout.includes(candidate), stdout);
		t.notRegex(stdout, /error|not found/);
	});
}
