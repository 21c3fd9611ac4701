import {chmodSync, existsSync, globSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {makeCache} from '../../../src/backend/host/cache.ts';
import {kvmVerdictFile, writeKvmVerdict} from '../../../src/backend/machine/boot/kvm.ts';
import type {DiagnoseOptions} from '../../../src/live/doctor/finding.ts';
import type {Finding} from '../../../src/commands/sandboxes.ts';
import {checkKvm} from '../../../src/live/doctor/check-kvm.ts';

const [kernel] = globSync('/boot/vmlinuz-*');
const isPossible = process.getuid?.() === 0 && process.arch === 'x64' && existsSync('/dev/kvm') && existsSync('/usr/bin/qemu-system-x86_64');
const testWithKvm = kernel === undefined || !isPossible ? test.skip : test;

testWithKvm('doctor believes what a machine has shown of KVM before what a tiny guest shows', async (t) => {
	const cache = mkdtempSync(join(tmpdir(), 'cache-'));
	t.teardown(() => rmSync(cache, {recursive: true}));
	const caller = {uid: 1000, environment: {XDG_CACHE_HOME: cache}};
	const file = kvmVerdictFile(makeCache(caller), (kernel ?? '').slice('/boot/vmlinuz-'.length));
	const options = {caller, signal: new AbortController().signal} as unknown as DiagnoseOptions;
	const look = async (subject = 'kvm'): Promise<Finding | undefined> => {
		for await (const finding of checkKvm(options)) if (finding.subject === subject) return finding;
		return undefined;
	};
	writeKvmVerdict(file, {works: false, reason: 'KVM does not work here: its kernel said nothing'});
	t.like(await look(), {state: 'broken', detail: 'KVM does not work here: its kernel said nothing: machines are emulated, which is slow'});
	writeKvmVerdict(file, {works: true, reason: 'it has worked here'});
	t.like(await look(), {state: 'ok'});
	chmodSync(join(cache, 'virt-sandbox'), 0o777);
	t.deepEqual(await look('cache'), {
		area: 'machine',
		subject: 'cache',
		state: 'broken',
		detail: `${cache}/virt-sandbox is a directory that others may write to`,
		mend: 'Remove or fix it, or set XDG_CACHE_HOME to a directory of yours',
	});
});
