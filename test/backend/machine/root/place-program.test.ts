import {spawnSync} from 'node:child_process';
import {existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {placeProgram} from '../../../../src/backend/machine/root/mount-programs.ts';

// Machine code for this architecture alone, which enters another root.
const canRun = process.arch === 'x64' && process.getuid?.() === 0 ? test : test.skip;

interface Machine {
	readonly at: (path: string) => string;
	readonly place: (target: string, like?: string) => number | null;
}

/** A directory as a machine's initramfs is: the guest's root lies in it, and has a directory `o` and a file `kept` that is not to be changed. */
function makeMachine(t: ExecutionContext): Machine {
	const top = mkdtempSync(join(tmpdir(), 'place-program-'));
	t.teardown(() => rmSync(top, {recursive: true}));
	const at = (path: string): string => join(top, path);
	for (const path of ['newroot', 'newroot/o', 'newroot/other', 'tree', 'tree/directory']) mkdirSync(at(path));
	for (const path of ['newroot/other/kept', 'tree/file']) writeFileSync(at(path), 'kept');
	return {
		at,
		place(target, like) {
			writeFileSync(at('program'), placeProgram(target, like), {mode: 0o755});
			return spawnSync(at('program'), {cwd: top, timeout: 10_000}).status;
		},
	};
}

canRun('a mount point is made with the directories on the way, of the kind that is mounted there', (t) => {
	const {at, place} = makeMachine(t);
	t.is(place('/o/a/b/c'), 0);
	t.true(lstatSync(at('newroot/o/a/b/c')).isDirectory());
	t.is(place('/o/a/d', 'tree/directory'), 0);
	t.true(lstatSync(at('newroot/o/a/d')).isDirectory());
	t.is(place('/o/a/f', 'tree/file'), 0);
	t.deepEqual([lstatSync(at('newroot/o/a/f')).isFile(), readFileSync(at('newroot/o/a/f'), 'utf8')], [true, '']);
	t.is(place('/o/a/g', '/other'), 0);
	t.true(lstatSync(at('newroot/o/a/g')).isDirectory());
	t.is(place('/o/a/h', '/other/kept'), 0);
	t.true(lstatSync(at('newroot/o/a/h')).isFile());
	t.is(place('/n'), 0);
	t.true(lstatSync(at('newroot/n')).isDirectory());
});

canRun('what is there stays as it is', (t) => {
	const {at, place} = makeMachine(t);
	t.is(place('/other/kept', 'tree/file'), 0);
	t.is(readFileSync(at('newroot/other/kept'), 'utf8'), 'kept');
});

canRun('no link in its place or on the way leads to what it makes or empties', (t) => {
	const {at, place} = makeMachine(t);
	symlinkSync('../other/kept', at('newroot/o/f'));
	symlinkSync('../other/new', at('newroot/o/n'));
	symlinkSync('../other', at('newroot/o/way'));
	place('/o/f', 'tree/file');
	place('/o/n', 'tree/file');
	place('/o/n');
	t.is(place('/o/way/made/deep'), 1);
	t.is(place('/o/way/file', 'tree/file'), 1);
	t.is(readFileSync(at('newroot/other/kept'), 'utf8'), 'kept');
	for (const name of ['new', 'made', 'file']) t.false(existsSync(at(`newroot/other/${name}`)));
});
