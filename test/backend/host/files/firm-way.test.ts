import {existsSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {isFirmWay, isOwn} from '../../../../src/backend/host/files/firm-way.ts';
import {mountSilentFileSystem} from '../../../helpers/silent-file-system.ts';

/** Only root, where the kernel has FUSE, can mount a file system that does not answer. */
const testWithFuse = process.getuid?.() === 0 && existsSync('/dev/fuse') ? test : test.skip;

testWithFuse('a way that others may change is not firm, and what they have led elsewhere is not looked at', async (t) => {
	const {path} = await mountSilentFileSystem(t);
	const directory = mkdtempSync('/srv/firm-way-');
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [home, own] = [join(directory, 'home'), join(directory, 'own')];
	mkdirSync(home);
	mkdirSync(own);
	symlinkSync(path, join(home, 'link'));
	t.true(isFirmWay(own));
	chownSync(home, 1001, 1001);
	t.deepEqual([isFirmWay(home), isFirmWay(home, 1001), isFirmWay(join(home, 'link')), isFirmWay(join(home, 'link/deep'))], [false, true, false, false]);
});

test('what a user owns is theirs whatever their group may do, what root owns is not where a group may write to it, nor is what all may', (t) => {
	const user = 1001;
	const isTheirs = (uid: number, mode: number): boolean => isOwn({uid, mode}, user);
	t.deepEqual([isTheirs(user, 0o775), isTheirs(user, 0o777), isTheirs(1002, 0o755)], [true, false, false]);
	t.deepEqual([isTheirs(0, 0o755), isTheirs(0, 0o775), isTheirs(0, 0o1777)], [true, false, false]);
	t.false(isOwn({uid: 0, mode: 0o775}, 0));
});
