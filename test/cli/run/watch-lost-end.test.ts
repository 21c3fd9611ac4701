import test from 'ava';
import {runProgram} from '../../helpers/run-program.ts';

const module = new URL('../../../src/cli/run/watch-lost-end.js', import.meta.url).href;

const ends = test.macro({
	async exec(t, rest: string, status: number, stderr: string) {
		const script = `import(${JSON.stringify(module)}).then(({watchLostEnd}) => {watchLostEnd('program', 70); ${rest}});`;
		t.deepEqual(await runProgram(process.execPath, ['--input-type=commonjs', '-e', script]), {status, stdout: '', stderr});
	},
	title: (title) => title ?? '',
});

test(
	'a program that waits for ever with nothing left to do is at fault',
	ends,
	'new Promise(() => {}).then(() => (process.exitCode = 0))',
	70,
	'program: internal error: it waits for something that can no longer come\n',
);
test('one that has set its status is not', ends, 'process.exitCode = 3', 3, '');
test('nor one that exits', ends, 'process.exit(0)', 0, '');
