import {mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {ensureInitramfsBase} from '../../../../src/backend/machine/boot/initramfs.ts';

test('modules that are more together than any kernel has are not brought', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'initramfs-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const modules = ['a.ko', 'b.ko', 'c.ko'];
	for (const name of modules) {
		writeFileSync(join(directory, name), '\u007fELF\u0002\u0001');
		truncateSync(join(directory, name), 100 * 1024 ** 2);
	}
	writeFileSync(join(directory, 'busybox'), '');
	const parts = {busybox: join(directory, 'busybox'), modulesDirectory: directory, modules, order: modules};
	t.like(await t.throwsAsync(ensureInitramfsBase(directory, parts)), {
		code: 'refused',
		message: `The modules of ${directory} have more than 256 MiB`,
	});
	t.deepEqual(readdirSync(directory).toSorted(), ['a.ko', 'b.ko', 'busybox', 'c.ko']);
});
