// Bundles the programs to dist/: one file a program and shared chunks, so that what is imported dynamically is read when it is
// needed only. Says nothing when all is well.
import {existsSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {build} from 'esbuild';

const programs = ['virt-sandbox', 'virt-sandbox-shell'].filter((name) => existsSync(`src/cli/${name}.ts`));

mkdirSync('dist', {recursive: true});
const result = await build({
	entryPoints: programs.map((name) => `src/cli/${name}.ts`),
	outdir: 'dist',
	bundle: true,
	splitting: true,
	format: 'esm',
	platform: 'node',
	target: 'node22',
	jsx: 'automatic',
	minifySyntax: true,
	minifyWhitespace: true,
	sourcemap: true,
	chunkNames: 'chunks/[name]-[hash]',
	logLevel: 'warning',
	metafile: true,
	// Packages that were written for CommonJS call require for Node's own modules.
	banner: {js: "import {createRequire as makeRequire} from 'node:module';const require=makeRequire(import.meta.url);"},
}).catch(() => process.exit(1)); // esbuild has said why.
// What an earlier build left goes last, so that a program that runs meanwhile finds its chunks.
const kept = new Set([...Object.keys(result.metafile.outputs), 'dist/.stamp']);
for (const file of readdirSync('dist', {recursive: true, withFileTypes: true})) {
	const path = join(file.parentPath, file.name);
	if (!file.isDirectory() && !kept.has(path)) {
		rmSync(path);
	}
}
writeFileSync('dist/.stamp', '');
