import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {findBusybox, isStatic} from '../../../src/backend/host/busybox.ts';
import {writeProgram} from '../../../src/backend/guest/program/program-file.ts';

test('a program that needs a loader is told from one that does not', (t) => {
	t.false(isStatic(process.execPath));
	t.true(isStatic(findBusybox()));
	const directory = mkdtempSync(join(tmpdir(), 'static-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const files = {static: writeProgram(Buffer.alloc(8), 'x64'), script: Buffer.from('#!/bin/sh\n'), empty: Buffer.alloc(0)};
	for (const [name, data] of Object.entries(files)) writeFileSync(join(directory, name), data);
	t.deepEqual(
		Object.keys(files).map((name) => isStatic(join(directory, name))),
		[true, false, false],
	);
});
