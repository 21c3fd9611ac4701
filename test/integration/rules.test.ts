// What our rules say of a document is what libvirt's drivers say.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {rightSamples, ruleSamples, sampleText} from '../helpers/rule-samples.ts';

test('libvirt refuses what the rules refuse at once, and takes what is against none of them', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'rules-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const {uri} = testLibvirtd();
	const ask = (text: string, ...words: readonly string[]): boolean => {
		const file = join(directory, 'domain.xml');
		writeFileSync(file, text);
		const driver = text.startsWith("<domain type='lxc'") ? uri : uri.replace('lxc:', 'qemu:');
		return spawnSync('virsh', ['-q', '-c', driver, ...words.map((word) => (word === 'FILE' ? file : word))], {timeout: 20_000}).status === 0;
	};
	const isTaken = (text: string): boolean => {
		const isMachine = !text.startsWith("<domain type='lxc'");
		const isDefined = ask(text, 'define', '--validate', 'FILE');
		if (isDefined) ask(text, 'undefine', /<name>([^<]*)/.exec(text)?.[1] ?? '');
		return isDefined && (!isMachine || ask(text, 'domxml-to-native', 'qemu-argv', 'FILE'));
	};
	for (const text of rightSamples) t.true(isTaken(text), text);
	for (const sample of ruleSamples) {
		t.is(isTaken(sampleText(sample)), sample.isRefused !== true, `${sample.rule}: ${JSON.stringify(sample.changes)}`);
	}
});
