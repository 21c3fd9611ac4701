// In a container with an image no device node opens, whoever may move what something is mounted in.
import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {findController, isControllerOf, type Controller} from '../../src/backend/container/controller.ts';
import {stillImages} from '../../src/backend/container/mounts/still-images.ts';
import type {GuestMount} from '../../src/backend/guest/root/root-plan.ts';
import {readMountTable} from '../../src/backend/host/mounts/mount-table.ts';
import {WayChanged} from '../../src/backend/start/while-root-stays.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {listAllProcesses} from '../helpers/all-processes.ts';
import {container} from '../helpers/backends.ts';
import {exec, freshName, keep} from '../helpers/kept.ts';
import {testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {rootCaller} from '../helpers/run-sandbox.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync('/srv/still-');
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	chmodSync(directory, 0o755);
	return directory;
}

function controllerOf(name: string): Controller {
	const found = listAllProcesses().find((each) => isControllerOf(each, name));
	const controller = found && findController(found.pid, name);
	if (controller === undefined) throw new Error(`${name} does not run`);
	return controller;
}

/** As a start does it, to a container that runs; gives what was told. */
async function still(controller: Controller, state: string, mounts: readonly GuestMount[]): Promise<string[]> {
	const told: string[] = [];
	const voice = {phase: () => undefined, notice: (_level: string, code: string) => void told.push(code)};
	await stillImages({root: {mounts}, begin: {architecture: process.arch === 'arm64' ? 'arm64' : 'x64'}}, controller, {
		state: {path: state, id: 'still'},
		options: {caller: rootCaller, voice},
	});
	return told;
}

test('all mounts open no device, also where others move what one of them is mounted in', async (t) => {
	const directory = makeDirectory(t);
	for (const name of ['theirs', 'theirs/sub', 'trees', 'state']) mkdirSync(join(directory, name));
	execFileSync('mknod', ['-m', '666', join(directory, 'trees/zero'), 'c', '1', '5']);
	const targets = [`/x=${directory}/theirs,ro`, `/x/sub=${directory}/trees,ro`, `/trees=${directory}/trees,ro`];
	const mounts = targets.map((text) => parseMount(`host-bind:${text}`));
	const name = freshName();
	const found = await keep(t, container, {name, command: ['sleep', '300'], mounts, user: {kind: 'root'}});
	const read = ['sh', '-c', 'for node in /trees/zero /x/*/zero; do head -c 2 $node 2>&1 | wc -c; done; : >/dev/null && echo well'];
	t.deepEqual((await exec(found, read)).stdout, '2\n2\nwell\n');
	renameSync(join(directory, 'theirs/sub'), join(directory, 'theirs/elsewhere'));
	const controller = controllerOf(name);
	t.deepEqual(await still(controller, join(directory, 'state'), []), []);
	const open = readMountTable(`/proc/${controller.initPid}`).filter(
		({flags, mountPoint}) => !flags.includes('nodev') && !/^\/(?:dev(?:\/|$)|$)/.test(mountPoint),
	);
	t.deepEqual(open, []);
	const {stdout} = await exec(found, ['sh', '-c', 'for node in /trees/zero /x/*/zero; do cat $node 2>&1; done; : >/dev/null && echo well']);
	t.is(stdout, ['/trees', '/x/elsewhere'].map((place) => `cat: ${place}/zero: Permission denied\n`).join('') + 'well\n');
});

test('a container whose image is not at its place any more does not begin', async (t) => {
	const directory = makeDirectory(t);
	const name = freshName();
	await keep(t, container, {name, command: ['sleep', '300']});
	const cause = parseMount(`host-image:/image=${directory}/image`);
	const image: GuestMount = {
		kind: 'image',
		target: '/image',
		source: join(directory, 'image'),
		format: 'raw',
		chain: false,
		fileSystems: ['ext4'],
		readonly: false,
		cause,
	};
	const error = await t.throwsAsync(still(controllerOf(name), directory, [image]), {instanceOf: WayChanged});
	t.regex(error?.message ?? '', /^Device nodes in what the sandbox sees, as in its images, could be opened/);
});
