import {chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {findOpenDirectory} from '../../../../src/backend/host/files/open-directory.ts';

test('a directory that others may write to is found in another one, and none behind a link', (t) => {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'open-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const user = process.getuid?.() ?? 0;
	const [tree, deep, open] = ['tree', 'tree/a/deep', 'open'].map((name) => join(directory, name)) as [string, string, string];
	for (const path of [deep, open]) mkdirSync(path, {recursive: true});
	for (const path of [tree, join(tree, 'a'), deep]) chmodSync(path, 0o755);
	chmodSync(open, 0o777);
	symlinkSync(open, join(tree, 'link'));
	writeFileSync(join(tree, 'file'), '', {mode: 0o666});
	t.is(findOpenDirectory(tree, user), undefined);
	t.is(findOpenDirectory(open, user), open);
	for (const mode of [0o775, 0o757, 0o1777]) {
		chmodSync(deep, mode);
		t.is(findOpenDirectory(tree, user), deep);
	}
	chmodSync(deep, 0o755);
	if (user !== 0) return;
	chownSync(deep, 65534, 65534);
	t.deepEqual([findOpenDirectory(tree, 0), findOpenDirectory(tree, 65534)], [deep, undefined]);
});
