// Each example of each command's help, by the built program against a real libvirtd.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {commands} from '../../src/commands/table.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {programPath, runProgram, startProgram, type Ended, type RunSettings} from '../helpers/run-program.ts';

const program = programPath('virt-sandbox-shell');
const definition = 'new web; set command /bin/true; ';
/** Prepares a web that runs this script of sh. */
const running = (script: string, set = ''): string => `new web; set command /bin/sh -c '${script}'; ${set}start; `;
const stays = running('echo an error; exec sleep 100');
const ends = running('echo an error; sleep 0.3; exit 4');

/** What stands before an example that makes no definition of its own and does not say that web runs. */
const prepared: Readonly<Record<string, string>> = {
	stats: stays,
	'resume web': `${stays}suspend web; `,
	'signal 10': stays,
	'wait web': ends,
	'wait web --timeout 60': ends,
	'log web': `${ends}wait; `,
	'log web stdout --grep error --since 10m': `${ends}wait; `,
	'log web --follow': ends,
	clean: '',
	'connect lxc:///system': '',
	'connect --readonly qemu:///system': '',
};

/** Examples that need a terminal: the words of the program, and what is typed when the screen shows what. Its end is expected to be 0. */
const onTerminal: Readonly<Record<string, {readonly words: () => string[]; readonly steps: readonly (readonly [RegExp, string])[]}>> = {
	'console web': {
		words: () => wordsFor(`${running('exec sh', 'set tty on; ')}console web`),
		steps: [
			[/[#$] ?$/, 'echo two$((1 + 1))\n'],
			[/two2/, '\u001d'],
		],
	},
	'console web shell': {
		words: () => wordsFor(`${running('exec sleep 100', 'set shell on; ')}console web shell`),
		steps: [
			[/[#$] ?$/, 'echo two$((1 + 1))\n'],
			[/two2/, '\u001d'],
		],
	},
	// A script keeps no history.
	history: {
		words: () => ['--plain', '-q', '-c', testLibvirtd().uri],
		steps: [
			[/# ?$/, 'echo one\n'],
			[/\none\n.*# ?$/, 'history\n'],
			[/ 1 +echo one\n/, 'quit\n'],
		],
	},
};

/** Examples that read this web.xml, with their status. */
const onFile: Readonly<Record<string, number>> = {'validate --file web.xml': 1, 'validate --file web.xml --fix --write': 0};
const faultyXml = "<domain type='lxc'>\n  <name>web</name>\n  <memry>65536</memry>\n  <os><type>exe</type><init>/bin/true</init></os>\n</domain>\n";

/** Ends by a change that another process makes. */
const eventsOfWeb = 'events web --count 1 --timeout 60';

const directory = mkdtempSync(join(tmpdir(), 'examples-'));
test.after.always(() => rmSync(directory, {recursive: true, force: true}));
writeFileSync(join(directory, 'setup.vs'), 'echo set up\n');
const settings: RunSettings = {
	cwd: directory,
	environment: {...process.env, XDG_STATE_HOME: join(directory, 'state'), XDG_CONFIG_HOME: join(directory, 'config')},
};
/** Printed before the example's own output. */
const marker = 'prepared';
const wordsFor = (script: string): string[] => ['-c', testLibvirtd().uri, '--yes', script];

for (const [line, explanation] of commands.flatMap((command) => command.examples ?? [])) {
	testWithLibvirtd(`the example runs: ${line}`, async (t) => {
		const terminal = onTerminal[line];
		if (terminal !== undefined) {
			t.is(await runOnTerminal(t, terminal), 0);
			return;
		}
		const statusOnFile = onFile[line];
		if (statusOnFile !== undefined) {
			await runOnFile(t, line, statusOnFile);
			return;
		}
		if (line.includes('--keep')) {
			// Where the example fails, nothing else ends it.
			t.teardown(() => runProgram(program, wordsFor('destroy web'), settings));
		}
		const before = prepared[line] ?? (line.includes('new ') ? '' : /\bweb\b/.test(line) ? stays : definition);
		const {status, stdout, stderr} = await runExample(line, before);
		t.is(status, Number(/^ends with status (\d+)$/.exec(explanation)?.[1] ?? 0), stderr);
		t.regex(stderr, /^(warning: Ended with the session: web\n)?$/);
		if (/^(and what|lists|prints|shows)\b/.test(explanation)) {
			t.not(stdout.split(`${marker}\n`).at(-1), '');
		}
	});
}

test('each example that is named here is one of a command', (t) => {
	const lines = commands.flatMap((command) => command.examples ?? []).map(([line]) => line);
	t.deepEqual(
		[...Object.keys(prepared), ...Object.keys(onTerminal), ...Object.keys(onFile), eventsOfWeb].filter((line) => !lines.includes(line)),
		[],
	);
});

function runExample(line: string, before: string): Promise<Ended> {
	if (line === eventsOfWeb) {
		return runBesideChanges(`${before}echo ${marker}; ${line}`);
	}
	if (line.startsWith('connect ')) {
		return runOnHostSockets(line);
	}
	// A sandbox that ends while it is suspended may leave its cgroups.
	const after = line.startsWith('suspend ') ? '; resume web' : '';
	return runProgram(program, wordsFor(`${before}echo ${marker}; ${line}${after}`), settings);
}

/** Another process suspends and resumes web until the script has ended. */
async function runBesideChanges(script: string): Promise<Ended> {
	const {says, ended} = startProgram(program, wordsFor(script), {...settings, input: ''});
	await says(marker);
	let over = false;
	const watched = ended.finally(() => (over = true));
	while (!over) {
		await runProgram(program, wordsFor('suspend web; resume web'), settings);
	}
	return watched;
}

/** Runs a line where the libvirtd of the tests answers on the host's sockets: in a mount namespace of its own. */
function runOnHostSockets(line: string): Promise<Ended> {
	const enter = 'mount -t tmpfs tmpfs /run/libvirt && ln -s "$0" "$0-ro" /run/libvirt/ && exec "$@"';
	return runProgram('unshare', ['--mount', 'sh', '-c', enter, testLibvirtd().socket, program, line], settings);
}

async function runOnFile(t: ExecutionContext, line: string, expected: number): Promise<void> {
	const cwd = mkdtempSync(join(directory, 'file-'));
	writeFileSync(join(cwd, 'web.xml'), faultyXml);
	const {status, stdout, stderr} = await runProgram(program, wordsFor(line), {...settings, cwd});
	t.is(status, expected, stderr);
	t.regex(stdout, /memory/);
	t.is(readFileSync(join(cwd, 'web.xml'), 'utf8').includes('<memory>'), line.includes('--write'));
}

async function runOnTerminal(t: ExecutionContext, {words, steps}: (typeof onTerminal)[string]): Promise<number> {
	const terminal = openTerminal(program, words(), settings);
	t.teardown(() => terminal.close());
	for (const [shown, typed] of steps) {
		await terminal.see(shown);
		terminal.type(typed);
	}
	return terminal.exit();
}
