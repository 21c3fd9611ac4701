'use strict';
// Runs the bundle of this program, and what else it asks for, with V8's code cache of each where there is one that this Node's V8
// takes. The caches are as trusted as the bundles: they lie in the same directory and are written by who builds.
const {readFileSync, renameSync, writeFileSync} = require('node:fs');
const {join} = require('node:path');
const {pathToFileURL} = require('node:url');
const {Script} = require('node:vm');

const isRehearsal = process.env.VIRT_SANDBOX_CODE_CACHE === 'write';
delete process.env.VIRT_SANDBOX_CODE_CACHE;

function run(name, part) {
	const bundle = join(__dirname, `${name}.cjs`);
	const cache = join(__dirname, `${name}.cache`);
	let cachedData;
	try {
		cachedData = readFileSync(cache);
	} catch {
		// Without it a start takes a few milliseconds more.
	}
	const bundleUrl = pathToFileURL(bundle).href;
	const script = new Script(readFileSync(bundle, 'latin1'), {filename: bundleUrl, cachedData});
	if (isRehearsal) {
		// After the run the cache holds the functions that ran, and no others.
		process.on('exit', () => {
			writeFileSync(`${cache}.new`, script.createCachedData());
			renameSync(`${cache}.new`, cache);
		});
	}
	script.runInThisContext()(require, part, part.exports, bundleUrl, importBundle);
}

async function importBundle(name) {
	const part = {exports: {}};
	run(name, part);
	await part.exports.ready;
	return part.exports;
}

run('@BUNDLE@', module);
