import {existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {makeDirectories} from '../../../../src/backend/host/files/make-directories.ts';

test('makes what is not there yet, and no more', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'directories-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	makeDirectories(join(directory, 'a/b/c'), 0o700);
	makeDirectories(join(directory, 'a/b/c'));
	t.is(statSync(join(directory, 'a/b')).mode & 0o777, 0o700);
	writeFileSync(join(directory, 'file'), '');
	t.throws(() => makeDirectories(join(directory, 'file')), {code: 'EEXIST'});
	t.throws(() => makeDirectories(join(directory, 'file/below')), {code: 'ENOTDIR'});
	symlinkSync('nowhere', join(directory, 'link'));
	t.throws(() => makeDirectories(join(directory, 'link/below')));
});

test('a place that takes no directories is an error, not a wait for ever', (t) => {
	t.throws(() => makeDirectories('/proc/nowhere/below'), {code: 'ENOENT'});
	t.false(existsSync('/proc/nowhere'));
});
