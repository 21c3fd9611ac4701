// Who may write to where an include goes leads it nowhere, whatever they do meanwhile.
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {setImmediate as turn} from 'node:timers/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ShellError} from '../../src/core/errors.ts';
import {parseInclude} from '../../src/spec/parse/parse-include.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {testEach} from '../helpers/backends.ts';

testEach('an include is not led to another mount by a link that takes the place of its directory while it is copied', async (t, backend) => {
	const directory = mkdtempSync(join(tmpdir(), 'race-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [shared, own, source] = ['shared', 'own', 'source'].map((name) => join(directory, name)) as [string, string, string];
	for (const path of [directory, shared, own, source]) {
		mkdirSync(path, {recursive: true});
		chmodSync(path, 0o755);
	}
	const names = Array.from({length: 120}, (_, index) => `file-${100 + index}`);
	for (const name of names) writeFileSync(join(source, name), 'included');
	writeFileSync(join(own, 'file-219'), 'precious');
	let isOver = false;
	const started = backend
		.start(t, {
			command: ['true'],
			mounts: [`host-bind:/shared=${shared}`, `host-bind:/own=${own}`].map((text) => parseMount(text)),
			includes: [parseInclude(`/shared/place=${source}`)],
		})
		.finally(() => {
			isOver = true;
		});
	started.catch(() => undefined);
	while (!isOver && !existsSync(join(shared, 'place/file-102'))) await turn();
	renameSync(join(shared, 'place'), join(shared, 'moved'));
	symlinkSync('/own', join(shared, 'place'));
	t.false(isOver, 'it is still being copied');
	// A machine may go on: it keeps a directory that it has entered, whatever the host calls it by now.
	await started.catch((error: unknown) => t.regex(error instanceof ShellError ? error.message : '', /^A file could not be copied into the sandbox/));
	t.deepEqual([readdirSync(own), readFileSync(join(own, 'file-219'), 'utf8')], [['file-219'], 'precious']);
});
