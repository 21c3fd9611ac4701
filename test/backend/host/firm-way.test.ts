import {existsSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {isFirmWay} from '../../../src/backend/host/firm-way.ts';
import {mountSilentFileSystem} from '../../helpers/silent-file-system.ts';

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
