// Bundles the programs to dist/: one file a program and shared chunks, so that what is imported dynamically is read when it is
// needed only. Says nothing when all is well.
import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {build} from 'esbuild';

const programs = ['virt-sandbox', 'virt-sandbox-shell'].filter(name => existsSync(`src/cli/${name}.ts`));

rmSync('dist', {recursive: true, force: true});
await build({
	entryPoints: programs.map(name => `src/cli/${name}.ts`),
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
	// Packages that were written for CommonJS call require for Node's own modules.
	banner: {js: "import {createRequire as makeRequire} from 'node:module';const require=makeRequire(import.meta.url);"},
});
writeFileSync('dist/.stamp', '');
