import test from 'ava';
import {ShellError} from '../../src/core/errors.ts';
import {parseCommandLine} from '../../src/cli/virt-sandbox-parse.ts';
import {optionTable, type OptionRow} from '../../src/cli/virt-sandbox-options.ts';
import {specFromCommandLine} from '../../src/cli/virt-sandbox-spec.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {keys} from '../../src/spec/keys.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';

const files: Readonly<Record<string, string>> = {list: '# two\n/a=/b\n/c=d\n', first: 'A=2\nB=2\n', second: 'B=3\nC'};

function read(words: readonly string[]): SandboxSpec {
	const line = parseCommandLine(words);
	return specFromCommandLine(line, {
		directory: '/here',
		connect: line.options.get('connect')?.[0],
		tty: false,
		readFile(path) {
			const text = files[path];
			if (text === undefined) {
				throw new Error(`ENOENT: ${path}`);
			}
			return text;
		},
	});
}

const means = test.macro({
	exec(t, words: readonly string[], difference: Partial<SandboxSpec>) {
		t.deepEqual(read([...words, 'id']), {...defaultSpec, command: ['id'], ...difference});
	},
	title: (_title, words: readonly string[]) => `means: ${words.join(' ')}`,
});

const {limits, kernel} = defaultSpec;
test(means, [], {});
test(means, ['-n', 'web'], {name: 'web'});
test(means, ['-c', 'lxc:///system'], {uri: 'lxc:///system'});
test(means, ['--backend', 'machine'], {backend: 'machine'});
test(means, ['-m', 'host-bind:/src=.', '-m', 'ram:/t=1M,ro'], {
	mounts: [
		{type: 'host-bind', target: '/src', source: '/here', readonly: false, relabel: undefined},
		{type: 'ram', target: '/t', readonly: true, sizeKiB: 1024, mode: undefined, uid: undefined, gid: undefined},
	],
});
test(means, ['--env', 'A=1', '--env', 'B=x=y', '--env', 'A=2'], {environment: {A: '2', B: 'x=y'}});
test(means, ['--env', 'A'], {environment: {A: null}});
test(means, ['--env', 'A=1', '--env-file', 'first', '--env-file', 'second'], {environment: {A: '1', B: '3', C: null}});
test(means, ['--cwd', '/tmp/'], {cwd: '/tmp'});
test(means, ['--cwd', '.'], {cwd: '/here'});
test(means, ['--cwd', 'sub/./x'], {cwd: '/here/sub/x'});
test(means, ['-p'], {user: {kind: 'root'}});
test(means, ['-S', 'root'], {user: {kind: 'root'}});
test(means, ['-S', '5:6'], {user: {kind: 'name', name: '5:6'}});
test(means, ['--memory', '1G', '--timeout', '1.5'], {limits: {...limits, memoryKiB: 1024 ** 2, timeoutMs: 1500}});
test(means, ['--vcpus', '2', '--swap', '2G', '--cpu-shares', '512', '--cpu-quota', '50', '--io-weight', '200'], {
	limits: {...limits, vcpus: 2, swapKiB: 2 * 1024 ** 2, cpuShares: 512, cpuQuotaPercent: 50, ioWeight: 200},
});
test(means, ['-l', '--consoles', '2'], {consoles: {spare: 2, shell: true}});
test(means, ['--keep'], {lifetime: 'keep'});
test(means, ['-r', 'root', '--hostname', 'h'], {root: '/here/root', hostname: 'h'});
test(means, ['--accel', 'tcg', '--kernver', '6.12', '--kernpath', '/boot/k', '--kmodpath', '/lib/m'], {
	kernel: {...kernel, accel: 'tcg', version: '6.12', path: '/boot/k', modules: '/lib/m'},
});
test(means, ['-i', '/x=y', '-I', 'list'], {
	includes: [
		{guest: '/x', host: '/here/y'},
		{guest: '/a', host: '/b'},
		{guest: '/c', host: '/here/d'},
	],
});

const refuses = test.macro({
	exec(t, words: readonly string[], message: RegExp) {
		const error = t.throws(() => read(words), {instanceOf: ShellError, message});
		t.true((error.hint ?? '').length > 0, 'a hint says what now');
	},
	title: (_title, words) => `refuses: ${JSON.stringify(words)}`,
});

test(refuses, [], /no command/);
test(refuses, [''], /empty word/);
test(refuses, ['-v', '/srv:/data', 'id'], /'\/srv:\/data' is not a command, and -v is --verbose here/);
test(refuses, ['--cwd', 'a/../x', 'id'], /holds '..'/);
test(refuses, ['-c', 'lxc:///system', '--backend', 'machine', 'id'], /asks for a machine/);
test(refuses, ['-I', 'absent', 'id'], /file of includes 'absent' cannot be read/);
test(refuses, ['--env-file', 'absent', 'id'], /environment file 'absent' cannot be read/);
test(refuses, ['--env-file', 'list', 'id'], /Line 2 of the environment file 'list'/);
test(refuses, ['--memory', '0', 'id'], /zero/);
test(refuses, ['--memory', '99999999999T', 'id'], /too large/);
test(refuses, ['-m', 'ram:/a/../b=1M', 'id'], /'\.\.'/);
test(refuses, ['--env', '1A=x', 'id'], /cannot name/);
test(refuses, ['-n', 'a/b', 'id'], /'\/'/);

test('what is said of an option that sets a key is true of the option', (t) => {
	const rows = new Map(optionTable.map((row: OptionRow) => [row.long, row]));
	for (const {many, options} of keys) {
		for (const {name, word} of options) {
			const row = rows.get(name);
			t.deepEqual([row !== undefined, row?.value === undefined, row?.repeat === true], [true, word !== undefined, many], name);
		}
	}
});

test('as the caller, as root, or as another user', (t) => {
	t.deepEqual(
		[[], ['-p'], ['-S', 'me']].map((words) => read([...words, 'id']).user),
		[{kind: 'caller'}, {kind: 'root'}, {kind: 'name', name: 'me'}],
	);
});

test('a word that the shell has for the caller is no user', (t) => {
	t.like(
		t.throws(() => read(['-S', 'caller', 'id'])),
		{message: "Option --switchto cannot be 'caller'", hint: 'Leave -S out to run as the caller; a user of that name has an id, too.'},
	);
});
