// Bundles each program to dist/NAME-ID.cjs, and writes the loader dist/NAME.js that runs it. Says nothing when all is well.
//
// One CommonJS file with what is imported dynamically inside (run when it is needed only), and V8's code cache of it: together
// they halve what a start costs above bare Node. The cache is written by scripts/rehearse.sh. ID is made of the bundle's
// contents, so neither a loader nor a cache can meet another build's bundle.
//
// The screen (Ink, React, the terminal emulator) is a bundle of its own, dist/screen-ID.cjs with its own cache, loaded on terminals only.
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

/** The filter of system calls is the same for every start, so it is made here. */
const filterMade = {
	name: 'filter made',
	setup({onLoad}) {
		onLoad({filter: /\/guest\/filter\/made-filter\.ts$/}, async () => {
			const {defaultFilter} = await import('../src/backend/guest/filter/default-filter.ts');
			const makers = ['x64', 'arm64'].map((architecture) => `${architecture}: () => '${defaultFilter(architecture).toString('base64')}'`);
			return {
				loader: 'js',
				contents: `const bytes = {${makers.join()}}; export const madeFilter = (architecture) => Buffer.from(bytes[architecture](), 'base64');`,
			};
		});
	},
};

/** Lets a program load the screen by the loader. */
function screenElsewhere(bundle) {
	return {
		name: 'screen elsewhere',
		setup({onLoad}) {
			onLoad({filter: /\/src\/cli\/shell-screen\.ts$/}, ({path}) => ({
				loader: 'ts',
				contents: readFileSync(path, 'utf8').replace("import('../ui/open-screen.tsx')", `importBundle('${bundle}')`),
			}));
		},
	};
}

/** Ink waits for React's tools for developers and reads its own name where DEV is set. They are not installed, and CommonJS has no await there. */
const withoutDevtools = {
	name: 'without devtools',
	setup({onLoad}) {
		onLoad({filter: /\/ink\/build\/reconciler\.js$/}, ({path}) => ({
			loader: 'js',
			contents: readFileSync(path, 'utf8').replace("await import('./devtools.js')", '0').replace('await loadPackageJson()', '{}'),
		}));
	},
};

/** CommonJS has no await at a file's top level: who loads the screen awaits its `ready` instead. */
const layoutEngineLater = {
	name: 'layout engine later',
	setup({onLoad}) {
		onLoad({filter: /\/yoga-layout\/dist\/src\/index\.js$/}, () => ({
			loader: 'js',
			contents: `
				import loadYoga from '../binaries/yoga-wasm-base64-esm.js';
				import wrapAssembly from './wrapAssembly.js';
				import constants from './generated/YGEnums.js';
				export * from './generated/YGEnums.js';
				let Yoga = constants;
				export {Yoga as default};
				export const ready = loadYoga().then((assembly) => { Yoga = wrapAssembly(assembly); });`,
		}));
	},
};

const screenEntry = "export {openScreen} from './src/ui/open-screen.tsx'; export {ready} from 'yoga-layout';";

function bundleScreen() {
	return makeBundle('screen', {
		stdin: {contents: screenEntry, resolveDir: process.cwd(), loader: 'js'},
		minify: true,
		keepNames: true,
		plugins: [withoutDevtools, layoutEngineLater],
		// The layout engine would read its WebAssembly, a data: URL, by fetch, which loads all of Node's HTTP client: 15 ms.
		define: {fetch: 'undefined', 'process.env.NODE_ENV': '"production"'},
	});
}

function bundleProgram(name, screen) {
	return makeBundle(name, {
		entryPoints: [`src/cli/${name}.ts`],
		minifySyntax: true,
		minifyWhitespace: true,
		plugins: [entryWithoutAwait, filterMade, screenElsewhere(screen)],
	});
}

async function makeBundle(name, {define, ...settings}) {
	const {outputFiles} = await build({
		outfile: `dist/${name}.cjs`,
		write: false,
		bundle: true,
		format: 'cjs',
		platform: 'node',
		target: 'node22',
		// The CommonJS form of jsonc-parser hides its parts from a bundler.
		mainFields: ['module', 'main'],
		jsx: 'automatic',
		sourcemap: 'external',
		logLevel: 'warning',
		// A script that node:vm runs has no import(); Node's own modules, the only ones that are not inside, come by require().
		supported: {'dynamic-import': false},
		define: {'import.meta.url': 'bundleUrl', ...define},
		// The loader calls this function.
		banner: {js: '(function(require,module,exports,bundleUrl,importBundle){'},
		footer: {js: '})'},
		...settings,
	});
	const code = outputFiles.find(({path}) => path.endsWith('.cjs')).text;
	const map = outputFiles.find(({path}) => path.endsWith('.map')).text;
	const id = createHash('sha256').update(code).digest('hex').slice(0, 12);
	return {name: `${name}-${id}`, code: `${code}//# sourceMappingURL=${name}-${id}.cjs.map\n`, map};
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

/** Writes what was bundled; gives its name. Undefined: esbuild has said why not. The other bundles may be fine. */
async function putBundle(bundling) {
	try {
		const {name, code, map} = await bundling;
		put(`dist/${name}.cjs`, code);
		put(`dist/${name}.cjs.map`, map);
		for (const file of [`${name}.cjs`, `${name}.cjs.map`, `${name}.cache`]) {
			kept.add(file);
		}
		return name;
	} catch {
		process.exitCode = 1;
		return undefined;
	}
}

const screen = await putBundle(bundleScreen());
for (const program of programs) {
	const name = await putBundle(bundleProgram(program, screen ?? 'screen'));
	if (name !== undefined) {
		put(`dist/${program}.js`, loader.replace('@BUNDLE@', name));
		kept.add(`${program}.js`);
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
