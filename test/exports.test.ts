// What a file of src/ exports, somebody imports.
import {globSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'ava';

const declared = /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|class|const|let|interface|type|enum) ([\w$]+)/gm;
const listed = /^export (?:type )?\{([^}]*)\}/gm;
const imported = /(?:\bfrom |\bimport\(|\bimport )'(\.[^']+)'/g;

function exportsOf(text: string): string[] {
	const lists = [...text.matchAll(listed)].flatMap(([, list = '']) => list.split(','));
	const names = lists.map((each) => each.trim().replace(/^type |^.* as /, '')).filter((name) => name !== '');
	return [...[...text.matchAll(declared)].map(([, name = '']) => name), ...names];
}

test('the exports of a file are found', (t) => {
	const text = "export async function a() {}\nexport type B = 1;\nexport {c, type D, e as f} from './x.ts';\nconst g = 1;\nexport interface H {}\n";
	t.deepEqual(exportsOf(text).toSorted(), ['B', 'D', 'H', 'a', 'c', 'f']);
});

test('nothing is exported that nobody imports', (t) => {
	const files = globSync('{src,test,bench,scripts}/**/*.{ts,tsx,mjs}').map((path) => ({path, text: readFileSync(path, 'utf8')}));
	const users = new Map<string, string[]>();
	for (const {path, text} of files) {
		for (const [, name = ''] of text.matchAll(imported)) {
			const target = join(dirname(path), name);
			users.set(target, [...(users.get(target) ?? []), text]);
		}
	}
	const unused = files
		// The client of libvirt's protocol is a library of its own.
		.filter(({path}) => path.startsWith('src/') && path !== 'src/backend/libvirt/index.ts')
		.flatMap(({path, text}) => {
			const texts = users.get(path) ?? [];
			return exportsOf(text).flatMap((name) => (texts.some((user) => new RegExp(`(?<![\\w$])${name}(?![\\w$])`).test(user)) ? [] : `${path}: ${name}`));
		});
	t.deepEqual(unused, []);
});
