// Who may write to what is included has nothing copied but what lies there, whatever they do meanwhile.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ShellError} from '../../src/core/errors.ts';
import {parseInclude} from '../../src/spec/parse/parse-include.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {testEach} from '../helpers/backends.ts';
import {finish} from '../helpers/run-sandbox.ts';

/** Puts files and links in each other's place until it is killed: of each name now the one, now the other is there. */
const exchanger = `
const {renameSync, rmSync, symlinkSync, writeFileSync} = require('node:fs');
process.chdir(process.argv[1]);
const names = process.argv.slice(2);
console.log('begun');
for (let round = 0; ; round++) {
	for (const name of names) {
		if (round % 2 === 0) symlinkSync('/etc/passwd', '../next');
		else writeFileSync('../next', 'included');
		renameSync('../next', name);
	}
}`;

testEach('an include copies no file that a link leads to which takes the place of a file while it is copied', async (t, backend) => {
	const directory = mkdtempSync(join(tmpdir(), 'source-race-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true, maxRetries: 10}));
	const [source, shared] = ['source', 'shared'].map((name) => join(directory, name)) as [string, string];
	for (const path of [directory, source, shared]) {
		mkdirSync(path, {recursive: true});
		chmodSync(path, 0o755);
	}
	const names = Array.from({length: 30}, (_, index) => `file-${100 + index}`);
	for (const name of names) writeFileSync(join(source, name), 'included');
	const child = spawn(process.execPath, ['-e', exchanger, source, ...names], {stdio: ['ignore', 'pipe', 'inherit']});
	t.teardown(() => child.kill('SIGKILL'));
	await once(child.stdout, 'data');
	const ends: string[] = [];
	for (let index = 0; index < (backend.name === 'machine' ? 1 : 8); index++) {
		const changes = {command: ['true'], mounts: [parseMount(`host-bind:/shared=${shared}`)], includes: [parseInclude(`/shared/place-${index}=${source}`)]};
		const end = await backend.start(t, changes).then(
			async (sandbox) => (await finish(sandbox)).status,
			(error: unknown) => (error instanceof ShellError ? error.message : error),
		);
		ends.push(String(end));
		for (const name of readdirSync(join(shared, `place-${index}`))) {
			const path = join(shared, `place-${index}`, name);
			if (lstatSync(path).isFile()) t.true(['included', ''].includes(readFileSync(path, 'utf8')), name);
		}
	}
	const isKnown = (end: string): boolean => end === '0' || end.includes('could not');
	t.deepEqual(
		ends.filter((end) => !isKnown(end)),
		[],
	);
});
