import {chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import type {HostMount} from '../../../../src/backend/host/mounts/mount-table.ts';
import {findWaiting, passes, waysFor} from '../../../../src/backend/host/mounts/waiting-mounts.ts';
import {testAsRoot} from '../../../helpers/other-mounts.ts';

function makeTree(t: ExecutionContext): string {
	const directory = realpathSync(mkdtempSync('/srv/waiting-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	for (const path of ['home/u/x/d', 'home/r/d', 'nfs/sub/d', 'disk/d']) mkdirSync(join(directory, path), {recursive: true});
	chownSync(join(directory, 'home/u'), 1001, 1001);
	return directory;
}

const mountAt = (mountPoint: string, fileSystem: string, ...options: readonly string[]): HostMount => ({
	mountPoint,
	fileSystem,
	readonly: false,
	flags: [],
	options,
});

testAsRoot('an automounter’s directory is nobody else’s, a home mounted in it is its user’s, and a server’s is anybody’s below its top', (t) => {
	const directory = makeTree(t);
	const at = (path: string): string => join(directory, path);
	const table = [
		mountAt('/', 'ext4'),
		mountAt(at('home'), 'autofs', 'indirect'),
		mountAt(at('home/u'), 'ext4'),
		mountAt(at('home/r'), 'ext4'),
		mountAt(at('home/far'), 'nfs4'),
		mountAt(at('nfs'), 'nfs'),
		mountAt(at('theirs'), 'fuse.x', 'user_id=1001'),
		mountAt(at('disk'), 'ext4'),
	];
	const {isOthers} = waysFor(0, table);
	const seen = (paths: readonly string[]): string[] => paths.filter((path) => isOthers?.(at(path)) === true);
	const paths = ['home', 'home/u', 'home/u/x', 'home/r', 'home/r/d', 'home/none', 'home/far', 'home/far/deep', 'nfs', 'nfs/sub', 'theirs', 'disk', 'disk/d'];
	t.deepEqual(seen(paths), ['home/u', 'home/u/x', 'home/far/deep', 'nfs/sub', 'theirs']);
});

testAsRoot('past an automounter lies what it has mounted, and nothing that it would mount for whoever looks', (t) => {
	const directory = makeTree(t);
	const at = (path: string): string => join(directory, path);
	const table = [
		mountAt(at('home'), 'autofs', 'indirect'),
		mountAt(at('home/u'), 'ext4'),
		mountAt(at('home/far'), 'nfs4'),
		mountAt(at('direct'), 'autofs', 'direct'),
	];
	const mayEnter = passes(table, findWaiting(table, 0));
	const paths = ['home', 'home/u', 'home/u/x', 'home/far', 'home/none', 'direct', 'disk'];
	t.deepEqual(
		paths.filter((path) => mayEnter(at(path))),
		['home', 'home/u', 'home/u/x', 'disk'],
	);
});
