import {chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {writeOwnerRecord} from '../../src/backend/guest/state/state-directory.ts';
import {recordNamespace} from '../../src/backend/host/process-identity.ts';
import {errorCodes} from '../../src/backend/libvirt/index.ts';
import {isCall, startFakeLibvirtd, type FakeAnswer} from '../helpers/fake-libvirtd.ts';
import {startOwnLibvirtd, testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath, runProgram, type Ended} from '../helpers/run-program.ts';

const clean = (uri: string) => runProgram(programPath('virt-sandbox'), ['--clean', '-c', uri]);

/** Cleans where these are the state directories: elsewhere each start of another test puts away what is left, too. */
function cleanThere(state: string, uri: string): Promise<Ended> {
	const script = 'mount --bind "$0" /run/virt-sandbox && exec "$@"';
	return runProgram('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, state, programPath('virt-sandbox'), '--clean', '-c', uri]);
}

/** An empty directory for state, as that of the host. */
function makeState(t: ExecutionContext): string {
	const directory = mkdtempSync('/srv/clean-deaf-');
	chmodSync(directory, 0o711);
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

testWithLibvirtd('--clean says that a libvirtd does not answer', async (t) => {
	const daemon = await startOwnLibvirtd(t);
	process.kill(daemon.pid, 'SIGSTOP');
	try {
		const {status, stderr} = await clean(daemon.uri);
		t.is(status, 125);
		t.regex(stderr, /No answer from libvirtd/);
	} finally {
		process.kill(daemon.pid, 'SIGCONT');
	}
});

testWithLibvirtd('--clean puts away what names a host that does not resolve', async (t) => {
	const state = makeState(t);
	const path = join(state, '0000aaaa');
	mkdirSync(path);
	const [owner, uri] = [{pid: 999_999, startTime: '1'}, 'qemu+tls://no.such.host.invalid/system'];
	writeOwnerRecord(path, {owner, namespace: recordNamespace(), uri, name: 'gone', uuid: 'none', lifetime: 'keep', tty: false, temporary: []});
	t.like(await cleanThere(state, testLibvirtd().uri), {status: 0, stdout: 'removed gone (0000aaaa)\n'});
});

testWithLibvirtd('--clean says that there is no libvirtd where one was named', async (t) => {
	for (const uri of ['lxc:///system?socket=/nonexistent/socket', 'qemu+ssh://no.such.host.invalid/system?no_tty=1']) {
		const {status, stdout, stderr} = await clean(uri);
		t.deepEqual({status, stdout}, {status: 125, stdout: `failed ${uri}\n`});
		t.regex(stderr, /^virt-sandbox: what .* left cannot be removed: /);
	}
	t.like(await runProgram(programPath('virt-sandbox'), ['--clean']), {status: 0});
});

/** What an owner who has died left of a sandbox of some libvirtd. */
function leave(path: string, name: string, uri: string): void {
	mkdirSync(path, {recursive: true, mode: 0o700});
	const owner = {pid: 999_999, startTime: '1'};
	const uuid = '00112233-4455-6677-8899-aabbccddeeff';
	writeOwnerRecord(path, {owner, namespace: recordNamespace(), uri, name, uuid, lifetime: 'client', tty: false, temporary: []});
}

const [lookup, list] = [24, 273];
const strange: Readonly<Record<string, FakeAnswer>> = {
	'breaks off': (call) => {
		if (!isCall(lookup)(call) && !isCall(list)(call)) return false;
		call.hangUp();
		return true;
	},
	'answers nonsense': (call) => {
		if (!isCall(lookup)(call) && !isCall(list)(call)) return false;
		call.reply(Buffer.from('nonsense'));
		return true;
	},
	'lists nonsense': (call) => {
		if (isCall(lookup)(call)) call.fail(errorCodes.noDomain, 'Domain not found');
		else if (isCall(list)(call)) call.reply(Buffer.alloc(4, 255));
		else return false;
		return true;
	},
};

for (const [what, answer] of Object.entries(strange)) {
	testWithLibvirtd(`of a libvirtd that ${what} only its own leftovers fail, by their names, and those of the others are put away`, async (t) => {
		const directory = mkdtempSync('/srv/clean-deaf-');
		const daemon = await startFakeLibvirtd(answer, join(directory, 'sock'));
		t.teardown(async () => {
			await daemon.stop();
			rmSync(directory, {recursive: true, force: true});
		});
		const state = makeState(t);
		const uri = `lxc:///system?socket=${join(directory, 'sock')}`;
		leave(join(state, '0000aaab'), 'strange', uri);
		leave(join(state, '0000aaac'), 'usual', testLibvirtd().uri);
		const {status, stdout, stderr} = await cleanThere(state, testLibvirtd().uri);
		t.is(status, 125, stderr);
		const lines = stdout.split('\n').filter((line) => /0000aaa|sock/.test(line));
		// The look-up of its domain fails, or at the latest the list of all.
		const own = what === 'lists nonsense' ? 'removed strange (0000aaab)' : 'failed strange (0000aaab)';
		t.deepEqual(lines.toSorted(), [`failed ${uri}`, own, 'removed usual (0000aaac)'].toSorted());
		t.false(existsSync(join(state, '0000aaac')));
	});
}

testWithLibvirtd('a record that others can have put there leads --clean to no libvirtd of theirs', async (t) => {
	const directory = mkdtempSync('/tmp/clean-deaf-');
	const daemon = await startFakeLibvirtd(() => false, join(directory, 'sock'));
	const suffix = process.hrtime.bigint().toString(16).slice(-7);
	const [own, open] = ['a', 'b'].map((letter) => `/var/tmp/virt-sandbox-${letter}${suffix}`);
	t.teardown(async () => {
		await daemon.stop();
		for (const path of [directory, own, open]) rmSync(path ?? '', {recursive: true, force: true});
	});
	for (const path of [own, open]) leave(path ?? '', 'planted', `lxc:///system?socket=${join(directory, 'sock')}`);
	chmodSync(open ?? '', 0o777);
	const {status, stdout, stderr} = await clean(testLibvirtd().uri);
	t.deepEqual({status, stdout}, {status: 0, stdout: `removed planted (a${suffix})\n`}, stderr);
	t.deepEqual(daemon.calls, []);
	t.deepEqual([existsSync(own ?? ''), existsSync(open ?? '')], [false, true]);
});

testWithLibvirtd('--clean ends nothing at another host, whose owners cannot be seen from here', async (t) => {
	const uri = 'lxc+ssh://nobody@localhost:1/system';
	const message = `virt-sandbox: what ${uri} left cannot be removed: whether the owners of sandboxes at ${uri} live cannot be seen from here`;
	const hint = ' (Run `virt-sandbox --clean` on that host itself.)\n';
	t.deepEqual(await clean(uri), {status: 125, stdout: `failed ${uri}\n`, stderr: message + hint});
	const unnamed = await runProgram(programPath('virt-sandbox'), ['--clean'], {environment: {...process.env, LIBVIRT_DEFAULT_URI: uri}});
	t.deepEqual([unnamed.status, unnamed.stdout], [0, '']);
});
