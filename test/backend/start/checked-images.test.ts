import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {checkImage} from '../../../src/backend/guest/image/check-image.ts';
import {linkCheckingImages} from '../../../src/backend/start/checked-images.ts';
import {chainNotices, endNotices, keptNotices} from '../../../src/backend/start/image-notices.ts';
import type {Link} from '../../../src/backend/start/link.ts';
import {qcow2, qcow2WithBacking} from '../../helpers/image-bytes.ts';

test('an image that has changed since it was looked at is refused before libvirt hears of it', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'checked-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const source = join(directory, 'image');
	const created: string[] = [];
	const link = {
		create(xml: string) {
			created.push(xml);
			return Promise.resolve(true);
		},
	} as unknown as Link;
	const checking = linkCheckingImages(link, [{source, format: 'qcow2', chain: false}], checkImage);
	writeFileSync(source, qcow2());
	t.true(await checking.create('first', {autodestroy: true}));
	writeFileSync(source, qcow2WithBacking('/etc/shadow'));
	await t.throwsAsync(async () => checking.create('second', {autodestroy: true}), {message: `The image ${source} refers to a backing file, /etc/shadow`});
	t.deepEqual(created, ['first']);
});

test('of images that may refer to other files it is told, but for raw ones, which cannot', (t) => {
	const image = {source: '/a', format: 'qcow2', chain: true} as const;
	t.deepEqual(chainNotices([image, {...image, chain: false}, {...image, format: 'raw'}]), [
		{level: 'warning', code: 'image-chain', message: 'The image /a may refer to other files of this host, which are opened with it (chain=yes)'},
	]);
});

test('of raw disks that end within a block it is told what is seen of that', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'ends-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [whole, odd] = [join(directory, 'whole'), join(directory, 'odd')];
	writeFileSync(whole, Buffer.alloc(1024));
	writeFileSync(odd, Buffer.alloc(1000));
	const disk = (source: string) => ({source, format: 'raw', chain: false}) as const;
	const disks = [disk(whole), disk(odd), {...disk(odd), format: 'qcow2'} as const];
	const notice = (seen: string) => [{level: 'warning', code: 'image-end', message: `The size of the image ${odd} is no multiple of 512 bytes: ${seen}`}];
	t.deepEqual(endNotices(disks, {isCut: true}), notice('its last 488 bytes are not seen'));
	t.deepEqual(endNotices(disks, {isCut: false}), notice('24 bytes of zeros are seen behind it'));
});

test('of images that nobody would give back it is told, which are those that a machine may not write to', (t) => {
	const image = {source: '/a', format: 'raw', chain: false, readonly: true} as const;
	t.deepEqual(keptNotices([image, {...image, readonly: false}]), [
		{
			level: 'warning',
			code: 'image-owner',
			message: 'libvirt gives the image /a to the user that QEMU runs as, and only a machine that root starts gives it back',
		},
	]);
});
