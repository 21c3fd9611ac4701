// What docs/shell.md shows is what comes out: every block of a terminal is run, in order.
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {startOwnLibvirtd, testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

const prompt = /^virt-sandbox(?::\S+)? # /;
const session = '$ virt-sandbox-shell --plain';
const blocks = [...readFileSync('docs/shell.md', 'utf8').matchAll(/^```console\n([^]*?)^```$/gm)].map(([, text = '']) => text.trimEnd().split('\n'));

/** Each command, a line after `$ `, with the lines that it prints. */
const steps = blocks.filter(([first]) => first !== session).flatMap(splitBlock);
const sessions = blocks.filter(([first]) => first === session);

function splitBlock(lines: readonly string[]): Array<{command: string; output: string}> {
	const found: Array<{command: string; output: string}> = [];
	for (const line of lines) {
		const last = found.at(-1);
		if (line.startsWith('$ ')) found.push({command: line.slice(2), output: ''});
		else if (last !== undefined) last.output += `${line}\n`;
	}
	return found;
}

/** `…` stands for anything within a line, blanks for blanks. */
function patternOf(output: string): RegExp {
	const parts = output.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll(/ {2,}/g, ' +'));
	return new RegExp(`^${parts.join('[^\\n]*')}$`);
}

testWithLibvirtd('each command of docs/shell.md prints what stands there', async (t) => {
	const home = mkdtempSync(join(tmpdir(), 'virt-sandbox-docs-'));
	t.teardown(() => rmSync(home, {recursive: true}));
	// The list shows those of other tests, too, which have other libvirtds.
	const {uri} = await startOwnLibvirtd(t);
	const env = {...process.env, HOME: home, LIBVIRT_DEFAULT_URI: uri, PATH: `${resolve('bin')}:${process.env['PATH'] ?? ''}`};
	t.teardown(() => runProgram(programPath('virt-sandbox-shell'), ['-q', 'destroy web'], {environment: env}));
	t.true(steps.length >= 10);
	for (const {command, output} of steps) {
		const {stdout} = await runProgram('sh', ['-c', `exec 2>&1; ${command}`], {environment: env});
		const own = stdout.split('\n').filter((line) => line.includes(uri) || !/ (?:lxc|qemu):\/\/\//.test(line));
		t.regex(own.join('\n'), patternOf(output), command);
	}
});

testWithLibvirtd('the session of docs/shell.md goes as it stands there', async (t) => {
	t.is(sessions.length, 1);
	const [[, banner = '', ...lines] = []] = sessions;
	const terminal = openTerminal(programPath('virt-sandbox-shell'), ['--plain', '-c', testLibvirtd().uri], {columns: 150});
	t.teardown(() => terminal.close());
	let seen = banner.replace('lxc:///system', testLibvirtd().uri);
	await terminal.see(seen);
	for (const line of lines) {
		const shown = prompt.exec(line)?.[0];
		if (shown === undefined) {
			seen += `\n${line}`;
			await terminal.see(seen);
			continue;
		}
		seen += `\n${shown}`;
		await terminal.see(seen.trimEnd());
		terminal.type(`${line.slice(shown.length)}\n`);
		seen += line.slice(shown.length);
	}
	t.is(await terminal.exit(), 0);
});
