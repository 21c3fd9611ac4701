import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {openHostFacts} from '../../../src/backend/host/host-facts.ts';
import {onceEach} from '../../../src/core/once.ts';
import {openKernelFacts} from '../../../src/backend/machine/boot/kernels.ts';

test('each part is read once', (t) => {
	const facts = openHostFacts();
	t.is(facts.mountTable(), facts.mountTable());
	t.is(facts.self(), facts.self());
	t.is(facts.labels(), facts.labels());
	t.is(facts.self()?.pid, process.pid);
});

test('accounts are read once for each root', (t) => {
	const root = mkdtempSync(join(tmpdir(), 'host-facts-'));
	t.teardown(() => rmSync(root, {recursive: true}));
	mkdirSync(join(root, 'etc'));
	writeFileSync(join(root, 'etc', 'passwd'), 'one:x:1:1::/:/bin/sh\n');
	const facts = openHostFacts();
	t.is(facts.accounts(root).passwd, 'one:x:1:1::/:/bin/sh\n');
	writeFileSync(join(root, 'etc', 'passwd'), 'two:x:2:2::/:/bin/sh\n');
	t.is(facts.accounts(root).passwd, 'one:x:1:1::/:/bin/sh\n');
	t.is(openHostFacts().accounts(root).passwd, 'two:x:2:2::/:/bin/sh\n');
	t.not(facts.accounts(''), facts.accounts(root));
});

test('modules of a kernel are read once for each directory', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'kernel-facts-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	writeFileSync(join(directory, 'modules.dep'), 'kernel/a-b.ko:\n');
	const {readIndex} = openKernelFacts();
	t.deepEqual([...(readIndex?.(directory).files ?? [])], [['a_b', 'kernel/a-b.ko']]);
	t.is(readIndex?.(directory), readIndex?.(directory));
});

test('a function that fails is asked again', (t) => {
	let calls = 0;
	const ask = onceEach((path: string) => {
		calls++;
		if (calls === 1) throw new Error('not yet');
		return `${path}!`;
	});
	t.throws(() => ask('a'), {message: 'not yet'});
	t.deepEqual([ask('a'), ask('a'), ask('b'), calls], ['a!', 'a!', 'b!', 3]);
});
