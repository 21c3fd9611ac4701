// The scripts of src/, which run in guests and beside libvirtd, as they stand there.
import {globSync} from 'node:fs';
import {spawnSync} from 'node:child_process';
import test from 'ava';
import {fillScript} from '../src/core/fill-script.ts';

/** As a message of the failure: what a checker says. */
function complaint(file: string, words: readonly string[]): string {
	const {status, stdout, stderr, error} = spawnSync(file, words, {encoding: 'utf8', timeout: 60_000});
	return status === 0 ? '' : `${stdout}${stderr}${error?.message ?? ''}`;
}

const shells = globSync('src/**/*.sh');
const hasShellcheck = spawnSync('shellcheck', ['--version']).status === 0;
/** The set-up installs it where CI runs. */
const testWithShellcheck = hasShellcheck || process.env['CI'] === 'true' ? test : test.skip;

test('each script is well-formed', (t) => {
	t.true(shells.length > 8);
	for (const script of shells) t.is(complaint('sh', ['-n', script]), '', script);
	for (const script of globSync('src/**/*.pl')) t.is(complaint('perl', ['-c', script]), '', script);
});

testWithShellcheck('shellcheck has nothing against any', (t) => {
	t.is(complaint('shellcheck', ['--severity=warning', ...shells]), '');
});

test('a script is filled with all that it leaves open, and nothing else; its head is for readers', (t) => {
	t.is(fillScript('# Of a test.\n# It says more.\n\n# A part.\necho @what@ "$@" >&@to@\n', {what: '$&', to: '2'}), '# A part.\necho $& "$@" >&2');
	t.throws(() => fillScript('echo @what@'), {message: 'a script leaves what open'});
	t.throws(() => fillScript('echo', {what: ''}), {message: 'a script has no place for what'});
});
