import test from 'ava';
import {foreignOptions} from '../../src/cli/foreign-options.ts';
import {ShellError} from '../../src/core/errors.ts';
import {optionTable} from '../../src/cli/virt-sandbox-options.ts';
import {parseCommandLine} from '../../src/cli/virt-sandbox-parse.ts';

const reads = test.macro({
	exec(t, words: readonly string[], options: Readonly<Record<string, readonly string[]>>, command: readonly string[]) {
		const line = parseCommandLine(words);
		t.deepEqual({options: Object.fromEntries(line.options), command: line.command}, {options, command});
	},
	title: (title, words: readonly string[]) => title ?? `reads ${words.join(' ')}`,
});

test(reads, ['id'], {}, ['id']);
test('options end at the first word that is none', reads, ['-p', 'ls', '-l', '--name', 'x'], {privileged: ['']}, ['ls', '-l', '--name', 'x']);
test('options end at --', reads, ['-p', '--', '-v', '--'], {privileged: ['']}, ['-v', '--']);
test('a single - is a word', reads, ['-', 'x'], {}, ['-', 'x']);
test('switches are bundled', reads, ['-pvt', 'id'], {privileged: [''], verbose: [''], timing: ['']}, ['id']);
test('a value is the rest of a bundle', reads, ['-pmram:/t=1M', 'id'], {privileged: [''], mount: ['ram:/t=1M']}, ['id']);
test('a value is the next word after a bundle', reads, ['-pn', 'web', 'id'], {privileged: [''], name: ['web']}, ['id']);
test('a long value is attached or the next word', reads, ['--name=a=b', '--cwd', '/x', 'id'], {name: ['a=b'], cwd: ['/x']}, ['id']);
test('a value may look like an option or be empty', reads, ['--name', '-p', '--cwd=', 'id'], {name: ['-p'], cwd: ['']}, ['id']);
test('options that repeat keep their order', reads, ['-m', 'a', '--env', 'A=1', '--mount=b', 'id'], {mount: ['a', 'b'], env: ['A=1']}, ['id']);
test('a switch given twice is one', reads, ['-v', '--verbose', 'id'], {verbose: ['']}, ['id']);
test('a sandbox that would be kept can be looked at', reads, ['--keep', '--dry-run', 'id'], {keep: [''], 'dry-run': ['']}, ['id']);
test('no words at all', reads, [], {}, []);

const refuses = test.macro({
	exec(t, words: readonly string[], message: string, hint: string) {
		const error = t.throws(() => parseCommandLine(words), {instanceOf: ShellError});
		t.deepEqual({code: error.code, message: error.message, hint: error.hint}, {code: 'usage', message, hint});
	},
	title: (title, words: readonly string[]) => title ?? `refuses ${words.join(' ').slice(0, 60)}`,
});

const help = 'virt-sandbox --help lists the options.';
const withExec =
	'With --exec go: --env, --env-file, --cwd, --privileged, --switchto, --escape, --timeout, --output, --quiet, --verbose, --debug, --timing, --connect, --keepalive-interval, --keepalive-count.';
test(refuses, ['--menory', '1'], 'Unknown option --menory', 'Did you mean --memory?');
test(refuses, ['--mou=x'], 'Unknown option --mou', 'Did you mean --mount?');
test(refuses, ['--'.concat('x'.repeat(5000))], `Unknown option --${'x'.repeat(5000)}`, help);
test(refuses, ['-it', 'bash'], 'Unknown option -it', 'A command has a terminal where you have one: leave -it out. A file t is included by -i t.');
test(refuses, ['--rm', 'id'], 'Unknown option --rm', 'Nothing is left of a sandbox whose command has ended: leave it out.');
test(refuses, ['-u', 'me', 'id'], 'Unknown option -u', 'Write -S USER.');
test(refuses, ['--net=host', 'id'], 'Unknown option --net', 'Write -N dhcp, or -N source=NETWORK; without it there is no network.');
test(refuses, ['-x', 'id'], 'Unknown option -x', help);
test(refuses, ['-px', 'id'], 'Unknown option -x in -px', help);
test(refuses, ['-p=1', 'id'], 'Unknown option -= in -p=1', help);
test(refuses, ['--name'], 'Option --name needs a value: NAME', 'name of the sandbox (default: a free sandbox-N)');
test(refuses, ['-pn'], 'Option -n needs a value: NAME', 'name of the sandbox (default: a free sandbox-N)');
test(refuses, ['--quiet=yes'], 'Option --quiet takes no value', 'Write --quiet alone.');
test(refuses, ['-n', 'a', '--name=b'], "Option --name is given twice: 'a' and 'b'", 'Leave one of them out.');
test(refuses, ['-p', '-S', 'me'], 'Options --privileged and --switchto exclude each other', 'Leave one of them out.');
test(refuses, ['-q', '-v'], 'Options --quiet and --verbose exclude each other', 'Leave one of them out.');
test(refuses, ['--exec', 'web', '-m', 'ram:/x=1M'], 'Option --mount has no meaning with --exec', withExec);
test(refuses, ['--exec=web', '--keep', 'id'], 'Option --keep has no meaning with --exec', withExec);
test(
	refuses,
	['--clean', '-n', 'web'],
	'Option --name has no meaning with --clean',
	'With --clean go: --connect, --output, --quiet, --verbose, --debug, --timing.',
);
test(refuses, ['--output', 'xml'], "Option --output cannot be 'xml'", 'It is one of: text, json.');

test('no option of others is one of ours', (t) => {
	t.deepEqual(
		Object.keys(foreignOptions).filter((word) =>
			optionTable.some((row) => word === `--${row.long}` || (row.short !== undefined && word === `-${row.short}`)),
		),
		[],
	);
});

test('no two options share a name or a letter, and what they name exists', (t) => {
	const longs = optionTable.map((row) => row.long);
	const shorts = optionTable.flatMap(({short}) => short ?? []);
	t.is(new Set(longs).size, longs.length);
	t.is(new Set(shorts).size, shorts.length);
	for (const row of optionTable) {
		for (const name of [...(row.excludes ?? []), ...(row.only ?? [])]) {
			t.true(
				longs.some((long) => long === name),
				`${row.long} names ${name}`,
			);
		}
	}
});
