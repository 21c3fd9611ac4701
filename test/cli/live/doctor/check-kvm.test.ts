import {existsSync, globSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {kvmVerdictFile, writeKvmVerdict} from '../../../../src/backend/host/kvm.ts';
import type {Finding} from '../../../../src/commands/sandboxes.ts';
import type {DiagnoseOptions} from '../../../../src/cli/live/doctor.ts';
import {checkKvm} from '../../../../src/cli/live/doctor/check-kvm.ts';

const [kernel] = globSync('/boot/vmlinuz-*');
const isPossible = process.getuid?.() === 0 && process.arch === 'x64' && existsSync('/dev/kvm') && existsSync('/usr/bin/qemu-system-x86_64');
const testWithKvm = kernel === undefined || !isPossible ? test.skip : test;

testWithKvm('doctor believes what a machine has shown of KVM before what a tiny guest shows', async (t) => {
	const cache = mkdtempSync(join(tmpdir(), 'cache-'));
	t.teardown(() => rmSync(cache, {recursive: true}));
	const caller = {uid: 1000, environment: {XDG_CACHE_HOME: cache}};
	const file = kvmVerdictFile(join(cache, 'virt-sandbox'), (kernel ?? '').slice('/boot/vmlinuz-'.length));
	const options = {caller, signal: new AbortController().signal} as unknown as DiagnoseOptions;
	const look = async (): Promise<Finding | undefined> => {
		for await (const finding of checkKvm(options)) if (finding.subject === 'kvm') return finding;
		return undefined;
	};
	writeKvmVerdict(file, {works: false, reason: 'KVM does not work here: its kernel said nothing'});
	t.like(await look(), {state: 'broken', detail: 'KVM does not work here: its kernel said nothing: machines are emulated, which is slow'});
	writeKvmVerdict(file, {works: true, reason: 'it has worked here'});
	t.like(await look(), {state: 'ok'});
});
