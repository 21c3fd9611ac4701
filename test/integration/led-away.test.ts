// Who may write to a directory that a container has leads none of its mounts elsewhere while it starts.
import {execFileSync, spawnSync} from 'node:child_process';
import {
	chmodSync,
	chownSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setImmediate as turn} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {ShellError} from '../../src/core/errors.ts';
import {parseIdmap} from '../../src/spec/parse/parse-idmap.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {container} from '../helpers/backends.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {finish} from '../helpers/run-sandbox.ts';

interface Scene {
	/** What others write to. */
	readonly shared: string;
	/** Theirs too, with a program in it by the name of what begins a sandbox. */
	readonly theirs: string;
	/** Nobody but the sandbox is to have it. */
	readonly victim: string;
	/** Made by the sandbox's command, or by the program of others. */
	readonly trace: string;
}

function makeScene(t: ExecutionContext): Scene {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'led-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [shared, theirs, victim] = ['shared', 'theirs', 'victim'].map((name) => join(directory, name)) as [string, string, string];
	for (const path of [shared, join(shared, 'place'), theirs, victim]) mkdirSync(path);
	writeFileSync(join(victim, 'file'), 'precious');
	writeFileSync(join(theirs, 'begin'), '#!/bin/sh\n>/victim/trace\n', {mode: 0o755});
	return {shared, theirs, victim, trace: join(victim, 'trace')};
}

/** Puts a link, and with the next call the directory again, in the place of one that a mount lies at. */
function swapper({shared}: Scene, to: string): () => void {
	const [place, saved] = [join(shared, 'place'), join(shared, 'saved')];
	return () => {
		const isLink = existsSync(saved);
		if (!isLink) renameSync(place, saved);
		rmSync(place, {recursive: true, force: true});
		// libvirt makes a directory that is missing just then; the next one puts that right.
		if (isLink) renameSync(saved, place);
		else if (!existsSync(place)) symlinkSync(to, place);
	};
}

const message =
	/^(?:The way to \S+, or to what is to be mounted there, changed while the sandbox started|Nothing can be mounted in what others may write to: \S+)$/;

function startIn(t: ExecutionContext, {shared, victim}: Scene, mounts: readonly string[], hooks: Parameters<typeof container.start>[2]) {
	return container.start(
		t,
		{
			command: ['sh', '-c', '>/victim/trace'],
			mounts: [`host-bind:/w=${shared}`, `host-bind:/victim=${victim}`, ...mounts].map((text) => parseMount(text)),
		},
		hooks,
	);
}

for (const [what, to, mountOf] of [
	['a ram to what is missing on the host', ({victim}: Scene) => `/.oldroot${victim}/made`, () => 'ram:/w/place=1M'],
	['a bind to the sandbox’s own', '/run', ({theirs}: Scene) => `host-bind:/w/place=${theirs}`],
	['a bind to another mount', '/victim', ({theirs}: Scene) => `host-bind:/w/place=${theirs}`],
	['a bind to the programs of the root', '/usr/bin', ({theirs}: Scene) => `host-bind:/w/place=${theirs},ro`],
	['a ram to another mount', '/victim', () => 'ram:/w/place=1M'],
	['what hides to another mount', '/victim', () => 'hide:/w/place'],
	['a guest-bind to another mount', '/victim', () => 'guest-bind:/w/place=/usr/share'],
	['a bind to the host’s own root', '/.oldroot/etc', ({theirs}: Scene) => `host-bind:/w/place=${theirs}`],
	['what a bind shows to another place of the host', '/etc', ({shared}: Scene) => `host-bind:/shown=${shared}/place`],
] as const) {
	testWithLibvirtd(`a container does not start when a link leads ${what}`, async (t) => {
		const scene = makeScene(t);
		const error = await t.throwsAsync(startIn(t, scene, [mountOf(scene)], {onXml: swapper(scene, typeof to === 'string' ? to : to(scene))}), {
			instanceOf: ShellError,
		});
		t.regex(error?.message ?? '', message);
		t.deepEqual([readdirSync(scene.victim), readFileSync(join(scene.victim, 'file'), 'utf8')], [['file'], 'precious']);
	});
}

testWithLibvirtd('what the host has mounted below a user’s directory stops no start where that user leads it elsewhere, and makes nothing there', async (t) => {
	const directory = mkdtempSync('/srv/led-');
	const [theirs, victim] = [join(directory, 'theirs'), join(directory, 'victim')];
	const [place, saved] = [join(theirs, 'place'), join(theirs, 'saved')];
	for (const path of [join(place, 'mounted'), victim]) mkdirSync(path, {recursive: true});
	for (const path of [theirs, place]) chownSync(path, 4242, 4242);
	execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(place, 'mounted')]);
	t.teardown(() => {
		for (const path of [place, saved]) spawnSync('umount', [join(path, 'mounted')]);
		rmSync(directory, {recursive: true, force: true});
	});
	const lead = (): void => {
		renameSync(place, saved);
		symlinkSync(`/.oldroot${victim}`, place);
	};
	const {status, stderr} = await finish(await container.start(t, {command: ['true']}, {onXml: lead}));
	t.deepEqual([status, stderr, readdirSync(victim)], [0, '', []]);
});

for (const [who, changes] of [
	['root', {}],
	['another user', {user: {kind: 'name', name: 'nobody'}}],
	['mapped ids', {idmap: parseIdmap('100000:65536')}],
] as const) {
	testWithLibvirtd(`what the host has mounted in a user’s directory is not seen, whatever that user exchanges it with: ${who}`, async (t) => {
		const directory = mkdtempSync('/srv/led-');
		const theirs = join(directory, 'theirs');
		const [public_, secret, aside] = ['public', 'secret', 'aside'].map((name) => join(theirs, name)) as [string, string, string];
		chmodSync(directory, 0o755);
		for (const path of [public_, secret]) {
			mkdirSync(join(path, 'mounted'), {recursive: true});
			execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', join(path, 'mounted')]);
			writeFileSync(join(path, 'mounted/file'), path);
		}
		for (const path of [theirs, public_, secret]) chownSync(path, 4242, 4242);
		t.teardown(() => {
			for (const path of [public_, secret]) spawnSync('umount', [join(path, 'mounted')]);
			rmSync(directory, {recursive: true, force: true});
		});
		const exchange = (): void => {
			renameSync(public_, aside);
			renameSync(secret, public_);
			renameSync(aside, secret);
		};
		const command = ['sh', '-c', 'cat $0/*/mounted/file; ls -A $0', theirs];
		const {status, stdout} = await finish(await container.start(t, {...changes, command}, {onXml: exchange}));
		t.deepEqual([status, stdout], [0, 'public\nsecret\n']);
	});
}

testWithLibvirtd('of many starts beside somebody who exchanges a mount point with a link, each is right or fails', async (t) => {
	const ends = {right: 0, refused: 0};
	for (let round = 0; round < 12; round++) {
		const scene = makeScene(t);
		const swap = swapper(scene, '/run/sandbox');
		let isOver = false;
		let swapping: Promise<void> = Promise.resolve();
		const swapOn = async (): Promise<void> => {
			for (; !isOver; await turn()) {
				try {
					swap();
				} catch {
					// It was made between the two.
				}
			}
		};
		try {
			const sandbox = await startIn(t, scene, [`host-bind:/w/place=${scene.theirs}`], {onXml: () => void (swapping = swapOn())});
			isOver = true;
			await finish(sandbox);
			t.true(existsSync(scene.trace));
			ends.right++;
		} catch (error) {
			if (!(error instanceof ShellError)) throw error;
			if (!message.test(error.message)) t.log(error.message);
			t.false(existsSync(scene.trace), 'neither the command nor the program of others has run');
			ends.refused++;
		} finally {
			isOver = true;
			await swapping;
		}
		t.deepEqual(readdirSync(scene.theirs).toSorted(), ['begin']);
	}
	t.log(ends);
	t.is(ends.right + ends.refused, 12);
});
