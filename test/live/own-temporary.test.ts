import {chmodSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {ownTemporary} from '../../src/live/own-temporary.ts';

test('a directory that somebody else could rename things in is not taken', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'own-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const own = process.geteuid?.() ?? 0;
	t.is(ownTemporary(directory), directory);
	if (own !== 0) return;
	const takes = (mode: number, uid: number): boolean => {
		const path = join(directory, `${mode}-${uid}`);
		mkdirSync(path);
		chmodSync(path, mode);
		return ownTemporary(path, uid) === path;
	};
	t.deepEqual([takes(0o755, 1), takes(0o777, 0), takes(0o1777, 0)], [true, false, true]);
	t.is(ownTemporary(join(directory, 'missing')), '/tmp');
});
