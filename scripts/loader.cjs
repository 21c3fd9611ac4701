'use strict';
// Runs the bundle of this program, with V8's code cache of it where there is one that this Node's V8 takes. The cache is as
// trusted as the bundle: it lies in the same directory and is written by who builds.
const {readFileSync, renameSync, writeFileSync} = require('node:fs');
const {pathToFileURL} = require('node:url');
const {Script} = require('node:vm');

const base = `${__filename.slice(0, -'.js'.length)}-@ID@`;
const bundle = `${base}.cjs`;
const cache = `${base}.cache`;

let cachedData;
try {
	cachedData = readFileSync(cache);
} catch {
	// Without it a start takes a few milliseconds more.
}
const bundleUrl = pathToFileURL(bundle).href;
const script = new Script(readFileSync(bundle, 'latin1'), {filename: bundleUrl, cachedData});

if (process.env.VIRT_SANDBOX_CODE_CACHE === 'write') {
	delete process.env.VIRT_SANDBOX_CODE_CACHE;
	// After the run the cache holds the functions that ran, and no others.
	process.on('exit', () => {
		writeFileSync(`${cache}.new`, script.createCachedData());
		renameSync(`${cache}.new`, cache);
	});
}
script.runInThisContext()(require, module, exports, bundleUrl, (file) => import(file));
