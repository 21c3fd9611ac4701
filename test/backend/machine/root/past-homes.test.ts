import test from 'ava';
import type {HostTree, TreeBind, TreeCover} from '../../../../src/backend/machine/root/host-tree.ts';
import {homesPasser} from '../../../../src/backend/machine/root/past-homes.ts';

const bind: TreeBind = {kind: 'bind', path: 'root/home', source: '/home', readonly: true, isAsked: false, cause: {kind: 'backend', text: 'a test'}};

function cover(path: string, ...homes: readonly string[]): TreeCover {
	return {kind: 'cover', path, of: 'any', ifThere: true, ...(homes.length > 0 && {homes})};
}

/** Of users `a` to `e`, two places each, and one place of nobody's. */
const tree: HostTree = {
	entries: [],
	mounts: [
		bind,
		...[...'abcde'].flatMap((user) => ['x', 'y'].map((place) => cover(`root/home/${user}/${place}`, `root/home/${user}`, 'root/home'))),
		cover('root/srv/place'),
	],
};

test('a home that keeps waiting is covered, the third with all that come after it, and then what is around one alone', (t) => {
	const pass = homesPasser();
	const covered: Array<readonly string[] | undefined> = [];
	let paths: readonly string[] = [];
	let now = tree;
	for (const path of ['root/home/a/x', 'root/home/b/y', 'root/home/d/x', 'root/home/a']) {
		const past = pass(
			now,
			now.mounts.find((mount) => mount.path === path),
		);
		covered.push(past?.homes);
		now = past?.tree ?? now;
		if (path === 'root/home/d/x') paths = now.mounts.map((mount) => mount.path);
	}
	t.deepEqual(covered, [['root/home/a'], ['root/home/b'], ['root/home/d', 'root/home/e'], ['root/home']]);
	t.deepEqual(paths, ['root/home', 'root/home/c/x', 'root/home/c/y', 'root/srv/place', ...[...'abde'].map((user) => `root/home/${user}`)]);
	t.deepEqual(now.mounts.at(-1), {...cover('root/home'), homes: []});
});

test('what is no home of anybody is not gone past', (t) => {
	const pass = homesPasser();
	t.is(pass(tree, bind), undefined);
	t.is(pass(tree, undefined), undefined);
	t.throws(() => pass(tree, tree.mounts.at(-1)), {message: 'Whoever looks at /srv/place waits for ever, and no machine sees what is there'});
});
