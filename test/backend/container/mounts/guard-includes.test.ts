import {chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {guardIncludes} from '../../../../src/backend/container/mounts/guard-includes.ts';
import {rootCaller} from '../../../helpers/caller.ts';

test('where links cannot be kept from leading elsewhere, nothing is copied from a directory that others may write to', async (t) => {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'guard-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const source = join(directory, 'source');
	mkdirSync(join(source, 'below'), {recursive: true});
	for (const path of [source, join(source, 'below')]) chmodSync(path, 0o755);
	const include = {name: 'include-0', source, target: '/tmp/x', way: 'own' as const, isDirectory: true};
	const state = {path: directory, id: 'x', root: directory, io: directory, log: directory};
	const caller = {...rootCaller, uid: process.getuid?.() ?? 0};
	const guard = (isDirectory: boolean): Promise<void> =>
		guardIncludes({includes: [{...include, isDirectory}], begin: {architecture: 'x64', filter: undefined}}, undefined, {state, options: {caller}});
	await t.notThrowsAsync(guard(true));
	chmodSync(join(source, 'below'), 0o777);
	await t.throwsAsync(guard(true), {
		message: `Nothing is copied from ${source}: others may write to ${join(source, 'below')}, and could have any file copied from there`,
	});
	await t.notThrowsAsync(guard(false));
});
