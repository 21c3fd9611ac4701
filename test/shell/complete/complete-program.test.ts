import test from 'ava';
import {completeProgramOptions} from '../../../src/shell/complete/complete-program.ts';

const offers = test.macro({
	exec(t, words: readonly string[], candidates: readonly string[]) {
		const found = completeProgramOptions(words);
		t.deepEqual(found.kind === 'candidates' ? found.candidates.map(({text}) => text) : found, [...candidates]);
	},
	title: (_, words: readonly string[]) => `offers what may stand at the end of ${words.join(' ')}|`,
});
const leaves = test.macro({
	exec(t, words: readonly string[], rest: readonly string[]) {
		t.deepEqual(completeProgramOptions(words), {kind: 'command', words: rest});
	},
	title: (_, words: readonly string[]) => `leaves the words of the command of ${words.join(' ')}|`,
});

const uris = ['lxc:///system', 'qemu:///system', 'xen:///system', 'qemu:///session'];
test(offers, ['--ti'], ['--timing']);
test(offers, ['--output', 'j'], ['json']);
test(offers, ['--output='], ['--output=text', '--output=json']);
test(offers, ['-q', '--output=t'], ['--output=text']);
test(offers, ['-c', ''], uris);
test(offers, ['-qc', 'qemu:///se'], ['qemu:///session']);
test(offers, ['-qcl'], ['-qclxc:///system']);
test(offers, ['--connect=l'], ['--connect=lxc:///system']);
test(offers, ['--nosuch=l'], []);
test(leaves, ['sta'], ['sta']);
test(leaves, ['-qc', 'lxc:///system', 'sta'], ['sta']);
test(leaves, ['-qclxc:///system', 'start', ''], ['start', '']);
test(leaves, ['--connect=lxc:///system', 'sta'], ['sta']);
test(leaves, ['--', '-q'], ['-q']);
