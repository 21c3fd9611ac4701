// Bundles each program to dist/NAME-ID.cjs, and writes the loader dist/NAME.js that runs it. Says nothing when all is well.
//
// One CommonJS file with what is imported dynamically inside (run when it is needed only), and V8's code cache of it: together
// they halve what a start costs above bare Node. The cache is written by scripts/rehearse.sh. ID is made of the bundle's
// contents, so neither a loader nor a cache can meet another build's bundle.
//
// The screen (Ink, React, the terminal emulator) is a module of its own, dist/screen-ID.mjs, loaded on terminals only: what it is
// made of has awaits at the top level, which CommonJS lacks.
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {build} from 'esbuild';

const programs = ['virt-sandbox', 'virt-sandbox-shell'].filter((name) => existsSync(`src/cli/${name}.ts`));

/** CommonJS has no await at a file's top level; in a program's own file it is the last statement only. */
const entryWithoutAwait = {
	name: 'entry without await',
	setup({onLoad}) {
		onLoad({filter: /\/src\/cli\/virt-sandbox(-shell)?\.ts$/}, ({path}) => ({
			loader: 'ts',
			contents: readFileSync(path, 'utf8')
				.replace(/^process\.exit\(await (.+)\);$/m, 'void $1.then((status) => process.exit(status));')
				.replace(/^process\.exitCode = await (.+);$/m, 'void $1.then((status) => { process.exitCode = status; });'),
		}));
	},
};

/** Lets a program load the screen's module by the loader, whose import() is Node's own. */
function screenElsewhere(file) {
	return {
		name: 'screen elsewhere',
		setup({onLoad}) {
			onLoad({filter: /\/src\/cli\/shell-screen\.ts$/}, ({path}) => ({
				loader: 'ts',
				contents: readFileSync(path, 'utf8').replace("import('../ui/open-screen.tsx')", `importFile('./${file}')`),
			}));
		},
	};
}

/** React's tools for developers are not installed, and not asked for. */
const withoutDevtools = {
	name: 'without devtools',
	setup({onResolve, onLoad}) {
		onResolve({filter: /^react-devtools-core$/}, ({path}) => ({path, namespace: 'nothing'}));
		onLoad({filter: /.*/, namespace: 'nothing'}, () => ({contents: 'export default {}', loader: 'js'}));
	},
};

async function bundleScreen() {
	const {outputFiles} = await build({
		entryPoints: ['src/ui/open-screen.tsx'],
		outfile: 'dist/screen.mjs',
		write: false,
		bundle: true,
		format: 'esm',
		platform: 'node',
		target: 'node22',
		mainFields: ['module', 'main'],
		jsx: 'automatic',
		minify: true,
		keepNames: true,
		sourcemap: 'external',
		logLevel: 'warning',
		plugins: [withoutDevtools],
		// The layout engine would read its WebAssembly, a data: URL, by fetch, which loads all of Node's HTTP client: 15 ms.
		define: {fetch: 'undefined', 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"', 'process.env["DEV"]': '"false"'},
		// Packages in CommonJS ask for Node's modules that way.
		banner: {js: "import {createRequire as createRequireOfScreen} from 'node:module';const require=createRequireOfScreen(import.meta.url);"},
	});
	const code = outputFiles.find(({path}) => path.endsWith('.mjs')).text;
	const map = outputFiles.find(({path}) => path.endsWith('.map')).text;
	const id = createHash('sha256').update(code).digest('hex').slice(0, 12);
	return {file: `screen-${id}.mjs`, code: `${code}//# sourceMappingURL=screen-${id}.mjs.map\n`, map};
}

async function bundle(name, screen) {
	const {outputFiles} = await build({
		entryPoints: [`src/cli/${name}.ts`],
		outfile: `dist/${name}.cjs`,
		write: false,
		bundle: true,
		format: 'cjs',
		platform: 'node',
		target: 'node22',
		// The CommonJS form of jsonc-parser hides its parts from a bundler.
		mainFields: ['module', 'main'],
		jsx: 'automatic',
		minifySyntax: true,
		minifyWhitespace: true,
		sourcemap: 'external',
		logLevel: 'warning',
		// A script that node:vm runs has no import(); Node's own modules, the only ones that are not inside, come by require().
		supported: {'dynamic-import': false},
		plugins: [entryWithoutAwait, screenElsewhere(screen)],
		define: {'import.meta.url': 'bundleUrl'},
		// The loader calls this function.
		banner: {js: '(function(require,module,exports,bundleUrl,importFile){'},
		footer: {js: '})'},
	});
	const code = outputFiles.find(({path}) => path.endsWith('.cjs')).text;
	const map = outputFiles.find(({path}) => path.endsWith('.map')).text;
	const id = createHash('sha256').update(code).digest('hex').slice(0, 12);
	return {name: `${name}-${id}`, id, code: `${code}//# sourceMappingURL=${name}-${id}.cjs.map\n`, map};
}

/** Writes a file so that a reader sees all of it or none. */
function put(path, text) {
	writeFileSync(`${path}.${process.pid}`, text);
	renameSync(`${path}.${process.pid}`, path);
}

mkdirSync('dist', {recursive: true});
put('dist/package.json', '{"type": "commonjs"}\n');
const loader = readFileSync('scripts/loader.cjs', 'utf8');
const kept = new Set(['package.json', '.stamp']);
let screen = 'screen.mjs';
try {
	const {file, code, map} = await bundleScreen();
	put(`dist/${file}`, code);
	put(`dist/${file}.map`, map);
	kept.add(file).add(`${file}.map`);
	screen = file;
} catch {
	// esbuild has said why. The programs may be fine without it.
	process.exitCode = 1;
}
for (const program of programs) {
	let built;
	try {
		built = await bundle(program, screen);
	} catch {
		// esbuild has said why. The other program may be fine.
		process.exitCode = 1;
		continue;
	}
	const {name, id, code, map} = built;
	put(`dist/${name}.cjs`, code);
	put(`dist/${name}.cjs.map`, map);
	put(`dist/${program}.js`, loader.replace('@ID@', id));
	for (const file of [`${program}.js`, `${name}.cjs`, `${name}.cjs.map`, `${name}.cache`]) {
		kept.add(file);
	}
}
if (process.exitCode === undefined) {
	for (const file of readdirSync('dist')) {
		if (!kept.has(file)) {
			rmSync(`dist/${file}`, {force: true, recursive: true});
		}
	}
	put('dist/.stamp', '');
}
