// Whoever names a file or a sandbox chooses no command for the shell of a person who presses Tab.
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openTerminal} from '../helpers/open-terminal.ts';

interface Completed {
	/** What the programs were called with, a call a line, as bash quotes words. */
	readonly calls: string;
	/** What is in the directory besides that name. */
	readonly made: readonly string[];
}

/** Types lines, each followed by Tab and Enter, to a bash in a directory that holds a file or directory of this name; each sandbox has it too. */
async function complete(t: ExecutionContext, kind: 'file' | 'directory', name: string, lines: readonly string[]): Promise<Completed> {
	const directory = mkdtempSync(join(tmpdir(), 'complete-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [place, calls, rc] = ['place', 'calls', 'rc'].map((each) => join(directory, each)) as [string, string, string];
	mkdirSync(place);
	if (kind === 'file') writeFileSync(join(place, name), '', {mode: 0o755});
	else mkdirSync(join(place, name));
	const note = 'printf "%q " "$@" >>../calls; echo >>../calls';
	writeFileSync(
		rc,
		`source ${resolve('completions/virt-sandbox.bash')}
source ${resolve('completions/virt-sandbox-shell.bash')}
virt-sandbox() { ${note}; }
virt-sandbox-shell() { if [[ $1 == complete ]]; then printf '%s\\n' "$NAME"; else ${note}; fi; }
unset PROMPT_COMMAND HISTFILE
PS1='ready> ' PS2='more> '
bind 'set enable-bracketed-paste off'
`,
	);
	const shell = openTerminal('bash', ['--noprofile', '--rcfile', rc, '-i'], {columns: 400, cwd: place, environment: {...process.env, NAME: name}});
	t.teardown(() => shell.close());
	let from = 0;
	const enter = async (keys: string): Promise<void> => {
		from = shell.output().length;
		shell.type(`${keys}\n`);
		await shell.until(() => /\n(ready|more)> $/.test(shell.output().slice(from)), 'a prompt');
	};
	await shell.see('ready>');
	for (const line of lines) {
		await enter(`${line}\t`);
		// A quote that was left open.
		for (let tries = 0; shell.output().endsWith('more> ') && tries < 3; tries++) await enter(/["']/.exec(line)?.[0] ?? '');
	}
	shell.type('exit\n');
	await shell.exit();
	return {calls: existsSync(calls) ? readFileSync(calls, 'utf8') : '', made: readdirSync(place).filter((each) => each !== name)};
}

const places = ['--env-file ', '-I ', '--kernpath ', '--root ', '-r ', '--kmodpath ', '--cwd ', '--seccomp ', '--env-file=', '--cwd=', '-I', '-r', '--exec '];
const options = places.flatMap((place) => ['', '"', "'"].map((quote) => `virt-sandbox ${place}${quote}x`));
const commands = ['', '-- '].flatMap((place) => ['', '"', "'"].map((quote) => `virt-sandbox ${place}${quote}./x`));
const ofShell = ['', '"', "'", "$'"].map((quote) => `virt-sandbox-shell stop ${quote}x`);

for (const name of ['x$(>MADE)', 'x`>MADE`', 'x;>MADE;', 'x\n>MADE\n', 'x$(>MADE)\n', "x'$(>MADE)'", 'x"$(>MADE)"', 'x|>MADE', 'x & >MADE']) {
	for (const kind of ['file', 'directory'] as const) {
		test(`bash runs nothing that is the name of a ${kind} or sandbox: ${JSON.stringify(name)}`, async (t) => {
			const {made} = await complete(t, kind, name, [...options, ...commands, ...ofShell]);
			t.deepEqual(made, []);
		});
	}
}

test('bash completes names with what a shell heeds in them, and quotes them', async (t) => {
	const name = "x $(a)'; b:c";
	const quoted = String.raw`x\ \$\(a\)\'\;\ b:c`;
	const lines = ['--env-file x', '--env-file=x', '--root x', '-Ix', String.raw`--env-file x\ \$`, '--exec x', './x'].map((words) => `virt-sandbox ${words}`);
	const {calls} = await complete(t, 'directory', name, [...lines, 'virt-sandbox-shell stop x']);
	const expected = ['--env-file ', '--env-file=', '--root ', '-I', '--env-file ', '--exec ', './', 'stop '].map((before) => `${before}${quoted} \n`);
	t.is(calls, expected.join(''));
});
