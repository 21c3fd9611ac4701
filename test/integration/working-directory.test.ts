import {chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {container, testEach} from '../helpers/backends.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {finish, rootCaller, type Finished} from '../helpers/run-sandbox.ts';

// Where a command starts is found by its own rights: the init has more, and links are the sandbox's.

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync('/srv/directory-');
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	mkdirSync(join(directory, 'closed/open'), {recursive: true});
	chmodSync(directory, 0o755);
	chmodSync(join(directory, 'closed'), 0o700);
	symlinkSync('/proc/1/fd/9', join(directory, 'init'));
	symlinkSync('closed/open', join(directory, 'in'));
	symlinkSync('/usr/share', join(directory, 'share'));
	return directory;
}

testEach('a command starts where its caller is, also behind a directory that is closed to its user, and nowhere else by a link', async (t, backend) => {
	const directory = makeDirectory(t);
	const user = {kind: 'name', name: 'nobody'} as const;
	const open = join(directory, 'closed/open');
	for (const [cwd, seen, mount] of [
		[open, open],
		[join(directory, 'share'), '/usr/share'],
		[join(directory, 'in'), '/'],
		[join(directory, 'init'), '/'],
		// Who may write there could have moved another directory to that place.
		[open, '/', directory],
		[open, open, open],
		[join(directory, 'closed'), join(directory, 'closed')],
	] as const) {
		const mounts = mount === undefined ? [] : [parseMount(`host-bind:${mount}=${mount}`)];
		const sandbox = await backend.start(t, {command: ['/bin/pwd'], user, mounts}, {caller: {...rootCaller, cwd}});
		t.like(await finish(sandbox), {stdout: `${seen}\n`, stderr: '', status: 0}, cwd);
	}
	// Who may change the way could put a directory there that is closed to them.
	chownSync(directory, 65_533, 65_533);
	const sandbox = await backend.start(t, {command: ['/bin/pwd'], user}, {caller: {...rootCaller, cwd: open}});
	t.like(await finish(sandbox), {stdout: '/\n', stderr: '', status: 0});
});

testEach('root of a sandbox starts in nothing that is its init’s own', async (t, backend) => {
	const directory = makeDirectory(t);
	const begin = async (cwd: string): Promise<Finished> => finish(await backend.begin(t, ['/bin/pwd'], {user: {kind: 'root'}, cwd}));
	for (const cwd of ['/proc/1/fd/9', '/proc/1/fd/6', '/proc/1/cwd', join(directory, 'init')]) {
		const ended = await begin(cwd).catch((error: unknown) => String(error));
		if (typeof ended === 'string') t.regex(ended, /does not have the directory/, cwd);
		else t.like(ended, {stdout: '', status: 125}, cwd);
	}
});

testWithLibvirtd('a directory that is closed to all users of an idmap is not passed over by a command that is to start there', async (t) => {
	const directory = makeDirectory(t);
	const closed = join(directory, 'closed');
	const mapped = {command: ['/bin/pwd'], idmap: {start: 100_000, count: 65_536}};
	const required = await container.start(t, {...mapped, cwd: closed});
	t.like(await finish(required), {stdout: '', status: 125});
	const wanted = await container.start(t, mapped, {caller: {...rootCaller, cwd: closed}});
	t.like(await finish(wanted), {stdout: '/\n', status: 0});
});
