import {execFileSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {readKvmVerdict, writeKvmVerdict} from '../../../../src/backend/machine/boot/kvm.ts';

test('what was learnt of KVM is read from a file of ours alone: no FIFO is waited for, no link followed', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'kvm-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [file, precious] = [join(directory, 'kvm.json'), join(directory, 'precious')];
	t.is(readKvmVerdict(file), undefined);
	execFileSync('mkfifo', [file]);
	t.is(readKvmVerdict(file), undefined);
	const verdict = {works: false, reason: 'halted'};
	writeFileSync(precious, JSON.stringify(verdict), {mode: 0o600});
	rmSync(file);
	symlinkSync(precious, file);
	t.is(readKvmVerdict(file), undefined);
	// In place of the link, and not where that leads.
	writeKvmVerdict(file, {works: true, reason: ''});
	t.deepEqual(readKvmVerdict(file), {works: true, reason: ''});
	t.is(readFileSync(precious, 'utf8'), JSON.stringify(verdict));
	t.deepEqual(readdirSync(directory).toSorted(), ['kvm.json', 'precious']);
});
