// The shell's example in README.md goes as it stands there.
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {programPath} from '../helpers/run-program.ts';

const [, block = ''] = /^```console\n# virt-sandbox-shell\n([^]*?)^```$/m.exec(readFileSync('README.md', 'utf8')) ?? [];
/** Other tests have a web too. */
const name = `readme-${process.pid}`;
const lines = block
	.replaceAll('web', name)
	.trimEnd()
	.split('\n')
	.map((line) => ({prompt: line.replace(/# .*/, '# '), command: line.replace(/^.*?# /, '')}));

testWithLibvirtd('the session of README.md goes as it stands there', async (t) => {
	t.is(lines.length, 6);
	const home = mkdtempSync(join(tmpdir(), 'virt-sandbox-readme-'));
	const environment = {...process.env, HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home};
	const terminal = openTerminal(programPath('virt-sandbox-shell'), ['--plain', '-c', testLibvirtd().uri], {columns: 150, environment});
	t.teardown(() => {
		terminal.close();
		rmSync(home, {recursive: true});
	});
	for (const {prompt, command} of lines) {
		await terminal.until(() => terminal.lines().at(-1) === prompt, `the prompt '${prompt}'`);
		terminal.type(`${command}\n`);
		// What is typed before a command runs would be that command's input.
		await terminal.until(() => terminal.lines().includes(`${prompt}${command}`), `the line '${command}'`);
	}
	await terminal.see(/Profile '.*' saved in .*\n.*# $/);
	t.regex(terminal.lines().join('\n'), /64M .*\/scratch\n/);
	t.notRegex(terminal.lines().join('\n'), /error|not found/);
	terminal.type('quit\n');
	await terminal.see(/End it\? \[y\/n\]/);
	terminal.type('y\n');
	t.is(await terminal.exit(), 0);
});
