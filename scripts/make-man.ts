// Usage: node scripts/make-man.ts [DIRECTORY]
//
// Writes the manual pages, made from the tables of options and commands, to DIRECTORY; man/ by default.
import {mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {writePage} from './make/man/roff.ts';
import {shellPage} from './make/man/shell-page.ts';
import {virtSandboxPage} from './make/man/virt-sandbox-page.ts';

const directory = process.argv[2] ?? 'man';
const {version} = JSON.parse(readFileSync('package.json', 'utf8')) as {version: string};
mkdirSync(directory, {recursive: true});
for (const page of [virtSandboxPage(version), shellPage(version)]) {
	const path = join(directory, `${page.name}.1`);
	writeFileSync(`${path}.${process.pid}`, writePage(page));
	renameSync(`${path}.${process.pid}`, path);
}
