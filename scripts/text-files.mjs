// Has Node import scripts, which are files of src/ beside what the compiler makes of the rest, as their text: `node --import` it. The bundler has a loader for that.
import {readFileSync} from 'node:fs';
import {registerHooks} from 'node:module';

const isScript = (name) => /\.(sh|pl)$/.test(name);

registerHooks({
	resolve(specifier, context, next) {
		if (!specifier.startsWith('.') || !isScript(specifier)) return next(specifier, context);
		return {url: new URL(specifier, context.parentURL.replace('/build/src/', '/src/')).href, shortCircuit: true};
	},
	load(url, context, next) {
		if (!url.startsWith('file:') || !isScript(url)) return next(url, context);
		return {format: 'module', source: `export default ${JSON.stringify(readFileSync(new URL(url), 'utf8'))};`, shortCircuit: true};
	},
});
