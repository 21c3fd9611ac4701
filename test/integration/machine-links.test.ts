import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {parseMount} from '../../src/spec/parse-mount.ts';
import {startTestMachine, testWithMachines} from '../helpers/machine.ts';
import {finish} from '../helpers/run-sandbox.ts';

// What a guest's root is put together from may hold links that a sandbox has made: they lead nowhere but into that root. The guest's
// directory of the sandbox is among what they must not reach, since what lies there runs with all the rights there are.

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync('/srv/links-');
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

testWithMachines("links in an overlay's upper directory do not make it another directory", async (t) => {
	const directory = makeDirectory(t);
	for (const name of ['lower', 'out', 'up']) mkdirSync(join(directory, name));
	const lower = join(directory, 'lower');
	symlinkSync('/run.d/guest', join(directory, 'out/upper'));
	symlinkSync('/loaded', join(directory, 'out/work'));
	symlinkSync('../../../../run.d/guest', join(directory, 'up/upper'));
	symlinkSync('../../../../loaded', join(directory, 'up/work'));
	for (const upper of ['out', 'up']) {
		const error = await t.throwsAsync(
			startTestMachine(t, {command: ['true'], mounts: [parseMount(`overlay:/o=${lower},upper=${join(directory, upper)}`, '/')]}),
		);
		t.like(error, {code: 'failed', message: 'The guest could not mount an overlay: cannot mount an overlay at /o'});
	}
});

testWithMachines("what an image's links lead to is of the guest's root, whether it is shown or mounted upon", async (t) => {
	const directory = makeDirectory(t);
	const content = join(directory, 'content');
	mkdirSync(content);
	symlinkSync('/etc', join(content, 'top'));
	symlinkSync('../../../../../etc', join(content, 'up'));
	symlinkSync('/tmp', join(content, 'memory'));
	const image = join(directory, 'image');
	execFileSync('/usr/sbin/mkfs.ext4', ['-q', '-F', '-d', content, image, '2M']);
	const mounts = [`host-image:/image=${image}`, 'ram:/image/memory/new=1M', 'guest-bind:/top=/image/top', 'guest-bind:/up=/image/up'];
	const command = ['sh', '-c', "ls /top/passwd /up/passwd; grep -o ' /tmp/new tmpfs ' /proc/mounts"];
	const {stdout} = await finish(await startTestMachine(t, {command, mounts: mounts.map((text) => parseMount(text, '/'))}));
	t.is(stdout, '/top/passwd\n/up/passwd\n /tmp/new tmpfs \n');
});
