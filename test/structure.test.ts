import {globSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'ava';

/** The folders of src/, each free to import from itself and from those to its left. */
const layers = ['core', 'spec', 'backend', 'commands', 'live', 'shell', 'ui', 'cli'];

/** Who may touch files, sockets and processes. */
const outsideWorld = [
	/^src\/backend\/libvirt\/transport\//,
	/^src\/backend\/(clean-up|guest|host|keep|labels|limits|session|start)\//,
	/^src\/backend\/(container|machine|xen)\/(?!domain\/)/,
	/^src\/backend\/sandbox\.ts$/,
	/^src\/shell\/(history|[a-z]+-host)\b/,
	/^src\/(live|cli)\//,
];

const sources = globSync('src/**/*.{ts,tsx}')
	.toSorted()
	.map((path) => {
		const text = readFileSync(path, 'utf8');
		return {path, text, lines: text.split('\n'), imports: importsOf(text)};
	});

function importsOf(text: string): string[] {
	const statements = /(?:^|[\s;])(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|^import\s*['"]([^'"]+)['"]/gm;
	return [...text.matchAll(statements)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

function layerOf(path: string): string {
	return path.split('/')[1] ?? '';
}

/** A way from a file back to it; a dynamic import counts like any other. */
function findCircle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
	const done = new Set<string>();
	const follow = (path: string, way: readonly string[]): string[] | undefined => {
		if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
		if (done.has(path)) return undefined;
		for (const next of graph.get(path) ?? []) {
			const circle = follow(next, [...way, path]);
			if (circle !== undefined) return circle;
		}
		done.add(path);
		return undefined;
	};
	for (const path of graph.keys()) {
		const circle = follow(path, []);
		if (circle !== undefined) return circle;
	}
	return undefined;
}

function breaches(find: (source: (typeof sources)[number]) => readonly string[]): string[] {
	return sources.flatMap((source) => find(source).map((what) => `${source.path}: ${what}`));
}

test('the sources are found', (t) => {
	t.true(sources.length > 10);
	t.deepEqual(importsOf("import {a} from './a.ts';\nimport './b.ts';\nconst c = await import('./c.ts');\nexport type {D} from '../d.ts';"), [
		'./a.ts',
		'./b.ts',
		'./c.ts',
		'../d.ts',
	]);
});

test('every folder of src/ has its place in the order of layers', (t) => {
	t.deepEqual(
		breaches(({path}) => (layers.includes(layerOf(path)) ? [] : ['unknown folder'])),
		[],
	);
});

test('imports go one way', (t) => {
	const found = breaches(({path, imports}) => {
		const own = layers.indexOf(layerOf(path));
		return imports.filter((name) => name.startsWith('.') && layers.indexOf(layerOf(join(dirname(path), name))) > own);
	});
	t.deepEqual(found, []);
});

test('no file imports itself by others, not even a type', (t) => {
	const graph = new Map(sources.map(({path, imports}) => [path, imports.filter((name) => name.startsWith('.')).map((name) => join(dirname(path), name))]));
	t.deepEqual(
		findCircle(
			new Map([
				['a', ['b']],
				['b', ['c']],
				['c', ['b']],
			]),
		),
		['b', 'c', 'b'],
	);
	t.is(findCircle(graph), undefined);
});

test('the libvirt client imports nothing of the project', (t) => {
	const found = breaches(({path, imports}) => {
		const inside = path.startsWith('src/backend/libvirt/');
		return inside ? imports.filter((name) => !name.startsWith('node:') && !join(dirname(path), name).startsWith('src/backend/libvirt/')) : [];
	});
	t.deepEqual(found, []);
});

test('relative imports name files, with their extension', (t) => {
	t.deepEqual(
		breaches(({imports}) => imports.filter((name) => name.startsWith('.') && !/\.(tsx?|sh|pl)$/.test(name))),
		[],
	);
});

test('what is imported from afar comes first', (t) => {
	const rank = (name: string): number => (name.startsWith('../') ? 1 / (1 + name.split('../').length) : name.startsWith('.') ? 1 : 0);
	const found = breaches(({text}) => {
		const ranks = [...text.matchAll(/^(?:import|\} from)\b[^'\n]*'([^']+)';$/gm)].map(([, name = '']) => rank(name));
		return ranks.every((each, index) => index === 0 || (ranks[index - 1] ?? 0) <= each) ? [] : ['out of order'];
	});
	t.deepEqual(found, []);
});

test('only the borders touch files, sockets and processes', (t) => {
	const found = breaches(({path, imports}) => {
		const allowed = outsideWorld.some((pattern) => pattern.test(path));
		return allowed ? [] : imports.filter((name) => /^node:(net|fs|fs\/promises|child_process)$/.test(name));
	});
	t.deepEqual(found, []);
});

test('only the screens import ink and react', (t) => {
	t.deepEqual(
		breaches(({path, imports}) => (layerOf(path) === 'ui' ? [] : imports.filter((name) => /^(ink|react)\b/.test(name)))),
		[],
	);
});

test('no tool of libvirt does our work', (t) => {
	const call = /\b(?:spawn|spawnSync|exec|execSync|execFile|execFileSync)\(\s*['"`](virsh|virt-(?!xml-validate|ssh-helper)[\w-]*|lxc-[\w-]*)/g;
	t.deepEqual(
		breaches(({text}) => [...text.matchAll(call)].map((match) => match[1] ?? '')),
		[],
	);
});

test('who waits for the end of a stream looks whether it has been', (t) => {
	// The client of libvirt's protocol imports nothing of the project; what guests say comes by sockets that are followed from their beginning.
	const own = /^src\/(core\/stream-ends|backend\/(libvirt|guest)\/|backend\/machine\/(ports\/|machine-session)|backend\/session\/capture\/captured-console)/;
	const waits = /\.once\('(?:close|end)'|\bonce\([\w.]+, '(?:close|end)'\)/;
	const found = breaches(({path, lines}) => (own.test(path) ? [] : lines.filter((line) => waits.test(line))));
	// Of a child process, which nobody else hears.
	t.deepEqual(found, ["src/backend/host/host-lock.ts: \tconst gone = once(holder, 'close').catch(() => undefined);"]);
});

test('the type checker is not silenced', (t) => {
	const silenced = /@ts-(?:ignore|nocheck|expect-error)|\bas any\b|\bas unknown as\b/;
	t.deepEqual(
		breaches(({lines}) => lines.filter((line) => silenced.test(line))),
		[],
	);
});

test('only the drivers compare the name of a backend', (t) => {
	// The client of libvirt's protocol knows URIs, not backends; the rules are those of libvirt's drivers.
	const own = /^src\/backend\/(domain|libvirt|xml\/rules)\//;
	const comparison = /[!=]==\s*'(?:container|machine|xen|lxc|qemu)'|\bcase '(?:container|machine|xen|lxc|qemu)'/;
	t.deepEqual(
		breaches(({path, lines}) => (own.test(path) ? [] : lines.filter((line) => comparison.test(line)))),
		[],
	);
});

test('no folder holds more than 25 files, but that of the commands', (t) => {
	const counts = Map.groupBy(sources, ({path}) => dirname(path));
	const full = [...counts].filter(([folder, {length}]) => length > 25 && folder !== 'src/commands').map(([folder, {length}]) => `${folder}: ${length}`);
	t.deepEqual(full, []);
});

test('files are short', (t) => {
	t.deepEqual(
		breaches(({lines}) => (lines.length > 250 ? [`${lines.length} lines: look for a second reason to change in it`] : [])),
		[],
	);
});
