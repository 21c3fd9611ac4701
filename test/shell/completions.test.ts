import {execFileSync} from 'node:child_process';
import {resolve} from 'node:path';
import test from 'ava';
import {partAsBash} from '../helpers/part-as-bash.ts';

/** What bash offers at the end of a line; the program is one that prints the words it got. */
function completeInBash(line: string): string {
	const script = `
source ${resolve('completions/virt-sandbox-shell.bash')}
compopt() { :; }
virt-sandbox-shell() { printf '%s\\n' "\${*: -1}.first" "\${*: -1}.second" "$#"; }
COMP_LINE=$1
shift
COMP_WORDS=("$@")
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_virt_sandbox_shell
printf '%s\\n' "\${COMPREPLY[@]}"`;
	return execFileSync('bash', ['-c', script, 'bash', line, ...partAsBash(line)], {encoding: 'utf8', timeout: 10_000});
}

test('bash gets candidates for a word', (t) => {
	t.is(completeInBash('virt-sandbox-shell set me'), 'me.first\nme.second\n4\n');
});

test('bash gets candidates where the word is empty', (t) => {
	t.is(completeInBash('virt-sandbox-shell set '), '.first\n.second\n4\n');
});

test('bash gets one word where it sees three, and replaces what stands after the last colon or equals sign', (t) => {
	t.is(completeInBash('virt-sandbox-shell mount host-bind:/x=/sr'), '/sr.first\n/sr.second\n4\n');
	t.is(completeInBash('virt-sandbox-shell mount host-bind:/sr'), '/sr.first\n/sr.second\n4\n');
});

test('bash runs nothing that a name holds', (t) => {
	t.is(completeInBash('virt-sandbox-shell stop $(id);`id`'), '\\$\\(id\\)\\;\\`id\\`.first\n\\$\\(id\\)\\;\\`id\\`.second\n4\n');
});
