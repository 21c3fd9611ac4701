// Bundles each program to dist/NAME-ID.cjs, and writes the loader dist/NAME.js that runs it. Says nothing when all is well.
//
// One CommonJS file with what is imported dynamically inside (run when it is needed only), and V8's code cache of it: together
// they halve what a start costs above bare Node. The cache is written by scripts/rehearse.sh. ID is made of the bundle's
// contents, so neither a loader nor a cache can meet another build's bundle.
//
// What checks XML in a thread is a bundle of its own too, plain: dist/checker-ID.cjs.
//
// The screen (Ink, React, the terminal emulator) is a bundle of its own, dist/screen-ID.cjs with its own cache, loaded on terminals only.
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {build} from 'esbuild';

/** The program that has a screen. */
const shell = 'virt-sandbox-shell';
const programs = ['virt-sandbox', shell].filter((name) => existsSync(`src/cli/${name}.ts`));

/** A plugin that gives a file other contents; a bundle that such a file is not in is a fault. */
function instead(name, filter, load) {
	return {
		name,
		setup({onLoad, onEnd}) {
			let isMet = false;
			onLoad({filter}, async ({path}) => {
				isMet = true;
				return load(path);
			});
			onEnd(() => (isMet ? {} : {errors: [{text: `The bundle has no file that ${filter} names`}]}));
		},
	};
}

/** The text of a file with some of it replaced, all of which has to be there. */
function readWith(path, ...pairs) {
	let text = readFileSync(path, 'utf8');
	for (const [pattern, by] of pairs) {
		const replaced = text.replace(pattern, by);
		if (replaced === text) throw new Error(`${path} has nothing like ${pattern}`);
		text = replaced;
	}
	return text;
}

/** CommonJS has no await at a file's top level; in a program's own file it is the last statement only. */
const entryWithoutAwait = instead('entry without await', /\/src\/cli\/virt-sandbox(-shell)?\.ts$/, (path) => ({
	loader: 'ts',
	contents: readWith(path, [
		/^process\.(?:exit\(await (.+)\)|exitCode = await (.+));$/m,
		(_, exit, code) =>
			exit === undefined ? `void ${code}.then((status) => { process.exitCode = status; });` : `void ${exit}.then((status) => process.exit(status));`,
	]),
}));

/** The filter of system calls is the same for every start, so it is made here. */
const filterMade = instead('filter made', /\/guest\/filter\/made-filter\.ts$/, async () => {
	const {defaultFilter} = await import('../src/backend/guest/filter/default-filter.ts');
	const makers = ['x64', 'arm64'].map((architecture) => `${architecture}: () => '${defaultFilter(architecture).toString('base64')}'`);
	return {
		loader: 'js',
		contents: `const bytes = {${makers.join()}}; export const madeFilter = (architecture) => Buffer.from(bytes[architecture](), 'base64');`,
	};
});

/** Node takes milliseconds to load what begins processes: a start does so at the first of them, while libvirt makes its guest. */
const processesLater = {
	name: 'processes later',
	setup({onResolve, onLoad}) {
		const later = 'later';
		onResolve({filter: /^node:child_process$/}, ({path, namespace}) => (namespace === later ? {path, external: true} : {path, namespace: later}));
		onLoad({filter: /^/, namespace: later}, async ({path}) => ({
			contents: `for (const name of ${JSON.stringify(Object.keys(await import(path)))})
				Object.defineProperty(exports, name, {enumerable: true, get: () => require('${path}')[name]});`,
		}));
	},
};

/** Lets the shell load the screen by the loader. */
function screenElsewhere(bundle) {
	return instead('screen elsewhere', /\/src\/cli\/shell\/shell-screen\.ts$/, (path) => ({
		loader: 'ts',
		contents: readWith(path, ["import('../../ui/open-screen.tsx')", `importBundle('${bundle}')`]),
	}));
}

/** The thread that checks documents is another bundle. */
function checkerElsewhere(bundle) {
	return instead('checker elsewhere', /\/src\/live\/check-document\.ts$/, (path) => ({
		loader: 'ts',
		contents: readWith(path, ['`./check-worker${extname(import.meta.url)}`', `'./${bundle}.cjs'`]),
	}));
}

/** Ink waits for React's tools for developers and reads its own name where DEV is set. They are not installed, and CommonJS has no await there. */
const withoutDevtools = instead('without devtools', /\/ink\/build\/reconciler\.js$/, (path) => ({
	loader: 'js',
	contents: readWith(path, ["await import('./devtools.js')", '0'], ['await loadPackageJson()', '{}']),
}));

/** CommonJS has no await at a file's top level: who loads the screen awaits its `ready` instead. */
const layoutEngineLater = instead('layout engine later', /\/yoga-layout\/dist\/src\/index\.js$/, () => ({
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

function bundleChecker() {
	return makeBundle('checker', {entryPoints: ['src/live/check-worker.ts'], minifySyntax: true, minifyWhitespace: true, banner: {}, footer: {}});
}

function bundleProgram(name, {screen, checker}) {
	return makeBundle(name, {
		entryPoints: [`src/cli/${name}.ts`],
		minifySyntax: true,
		minifyWhitespace: true,
		plugins: [entryWithoutAwait, filterMade, processesLater, ...(name === shell ? [screenElsewhere(screen), checkerElsewhere(checker)] : [])],
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
		loader: {'.sh': 'text', '.pl': 'text'},
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
const checker = await putBundle(bundleChecker());
for (const program of programs) {
	const name = await putBundle(bundleProgram(program, {screen: screen ?? 'screen', checker: checker ?? 'checker'}));
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
