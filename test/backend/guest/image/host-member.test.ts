import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {refuseMember} from '../../../../src/backend/guest/image/host-member.ts';

const bytes = 1024 * 1024 + 100;
const raid = 'fc4e2ba9';

function imageWith(t: ExecutionContext, offset: number, hex: string): string {
	const directory = mkdtempSync(join(tmpdir(), 'member-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const image = Buffer.alloc(bytes);
	Buffer.from(hex, 'hex').copy(image, offset);
	const path = join(directory, 'image');
	writeFileSync(path, image);
	return path;
}

for (const [what, offset, hex] of [
	['a volume group (LVM)', 512, Buffer.from('LABELONE').toString('hex')],
	['a volume group (LVM)', 1536, Buffer.from('LABELONE').toString('hex')],
	['an array (RAID)', 0, raid],
	['an array (RAID)', 4096, raid],
	['an array (RAID)', 1024 * 1024 - 8192, raid],
	['an array (RAID)', 1024 * 1024 - 65_536, 'a92b4efc'],
	['an array (DDF)', 1024 * 1024 - 512, 'de11de11'],
	['an array (DDF)', 1024 * 1024 - 257 * 512, 'de11de11'],
	['an array (Intel)', 1024 * 1024 - 2 * 512, Buffer.from('Intel Raid ISM Cfg Sig. 1.0').toString('hex')],
	['a cache (bcache)', 4096 + 24, 'c68573f64e1a45ca8265f57f48ba6d81'],
	['a pool (Stratis)', 516, Buffer.from('!Stra0tis\u0086\u00ff\u0002^Arh', 'latin1').toString('hex')],
	['a pool (Stratis)', 4612, Buffer.from('!Stra0tis\u0086\u00ff\u0002^Arh', 'latin1').toString('hex')],
	['a pool (ZFS)', 128 * 1024, '0cb1ba0000000000'],
	['a pool (ZFS)', 128 * 1024 + 5 * 1024, '0000000000bab10c'],
] as const) {
	test(`a raw image that is a part of ${what}, as ${offset} says, is refused`, (t) => {
		const source = imageWith(t, offset, hex);
		t.throws(() => refuseMember({source, format: 'raw', chain: false}), {
			code: 'refused',
			message: `The image ${source} is a part of ${what}, which the host would put together`,
		});
		t.notThrows(() => refuseMember({source, format: 'qcow2', chain: false}));
	});
}

test('one that has such words elsewhere is not, nor one that is too small for any', (t) => {
	for (const offset of [2048, 700])
		t.notThrows(() => refuseMember({source: imageWith(t, offset, Buffer.from('LABELONE').toString('hex')), format: 'raw', chain: false}));
	const small = imageWith(t, 0, '00');
	writeFileSync(small, 'text');
	t.notThrows(() => refuseMember({source: small, format: 'raw', chain: false}));
});

test('a raw btrfs or bcachefs that is one of several devices, or the seed of others, is refused', (t) => {
	const of = (parts: ReadonlyArray<readonly [offset: number, bytes: string | Buffer]>): string => {
		const source = imageWith(t, 0, '');
		const image = Buffer.alloc(bytes);
		for (const [offset, part] of parts) Buffer.from(part).copy(image, offset);
		writeFileSync(source, image);
		return source;
	};
	const btrfs = (devices: number, seeding: number): string =>
		of([
			[0x1_0040, '_BHRfS_M'],
			[0x1_0088, Buffer.of(devices)],
			[0x1_003c, Buffer.of(seeding)],
		]);
	const bcachefs = (devices: number): string =>
		of([
			[4096 + 24, Buffer.from('c68573f666ce90a9d96a60cf803df7ef', 'hex')],
			[4096 + 123, Buffer.of(devices)],
		]);
	for (const source of [btrfs(2, 0), btrfs(0, 0), btrfs(1, 1), bcachefs(2)]) {
		t.throws(() => refuseMember({source, format: 'raw', chain: false}), {message: /^The image \S+ is a part of a (?:btrfs|bcachefs) of several devices/});
	}
	for (const source of [btrfs(1, 0), bcachefs(1)]) t.notThrows(() => refuseMember({source, format: 'raw', chain: false}));
});
