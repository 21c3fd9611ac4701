import {mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {refuseLocked} from '../../../../src/backend/container/images/refuse-locked.ts';
import {deviceNumbers} from '../../../../src/backend/host/files/file-identity.ts';

test('an image is refused whose locks of QEMU do not allow what a container does with it', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'locked-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const source = join(directory, 'image');
	writeFileSync(source, '');
	const {dev, ino} = statSync(source);
	const device = deviceNumbers(dev)
		.map((number) => number.toString(16).padStart(2, '0'))
		.join(':');
	const locks = (...ranges: readonly string[]): string =>
		ranges.map((range, at) => `${at + 1}: OFDLCK ADVISORY  READ -1 ${device}:${ino} ${range}\n`).join('');
	const isRefused = (isReadonlyMount: boolean, text: string): boolean => {
		try {
			refuseLocked({source, isReadonlyMount}, text);
			return false;
		} catch {
			return true;
		}
	};
	const reads = locks('100 100', '201 201');
	const writes = locks('100 101', '201 201', '203 203');
	t.true(isRefused(false, writes));
	t.true(isRefused(true, writes));
	t.true(isRefused(false, reads));
	t.false(isRefused(true, reads));
	t.true(isRefused(true, locks('0 EOF')));
	for (const other of ['', locks('0 99', '300 EOF'), writes.replaceAll(`:${ino} `, `:${ino + 1} `), writes.replaceAll(device, 'ff:ff')]) {
		t.false(isRefused(false, other));
	}
});
