import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {LibvirtError} from '../../../../src/backend/libvirt/index.ts';
import {createWithNbd} from '../../../../src/backend/container/images/nbd-images.ts';
import {ShellError} from '../../../../src/core/errors.ts';

const unmounted = 'Failed to mount device /dev/nbd0 to /mnt';
const inUse = `qemu-nbd: Failed to blk_new_open '/i': Failed to get "write" lock`;
const lost = "Failure in libvirt_lxc startup: Unable to write to '/sys/fs/cgroup/machine/lxc-1-x.libvirt-lxc/cgroup.procs': No such process";
const often = <Word>(word: Word): Word[] => Array.from({length: 10}, () => word);

/** A create that fails so often, each time in libvirt's words; gives how often it was tried. */
async function create(t: ExecutionContext, faults: readonly string[]): Promise<number> {
	const directory = mkdtempSync(join(tmpdir(), 'nbd-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	let tries = 0;
	const attempt = (): Promise<boolean> => {
		const text = faults[tries++];
		if (text === undefined) return Promise.resolve(true);
		return Promise.reject(new ShellError('failed', 'it failed', {cause: new LibvirtError({code: 1, domain: 0, level: 2, text, procedure: 'TEST'})}));
	};
	await createWithNbd({images: [join(directory, 'image')], lock: join(directory, 'lock'), create: attempt, signal: undefined});
	return tries;
}

test('a container whose image lost a race for its device is created anew, while what served that may still have the image', async (t) => {
	t.is(await create(t, [unmounted, inUse, lost]), 4);
	t.is(await create(t, [lost, ...often(inUse)]), 12);
	t.is(await create(t, often(lost)), 11);
	const least = await t.throwsAsync(create(t, often(unmounted)), {instanceOf: ShellError});
	t.like(least?.cause, {text: unmounted});
	await t.throwsAsync(create(t, [inUse]), {message: 'it failed'});
	await t.throwsAsync(create(t, [lost, 'something else']), {message: 'it failed'});
});
