import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {HostTree} from '../../../../src/backend/machine/root/host-tree.ts';
import {readMountTable, type ShownPart} from '../../../../src/backend/host/mounts/mount-table.ts';
import {mountTreeOf} from '../../../../src/backend/host/mounts/mount-tree.ts';
import {readOrEmpty} from '../../../../src/backend/host/files/read-or-empty.ts';
import {serveTree} from '../../../../src/backend/machine/root/serve-tree.ts';
import {defaultSpec} from '../../../../src/spec/default-spec.ts';
import {lockDirectory} from '../../../helpers/locked-directory.ts';
import {rootCaller, silentVoice} from '../../../helpers/run-sandbox.ts';
import {waitUntil} from '../../../helpers/wait-until.ts';

const testAsRoot = process.getuid?.() === 0 && existsSync('/dev/fuse') ? test.serial : test.serial.skip;

/** Says what is in each home of its tree, waits for QEMU as virtiofsd does, and goes on with some lines. */
const standIn = (begins: string, lines: string): string => `#!/usr/bin/perl
use IO::Socket::UNIX;
my ($socket) = $ARGV[0] =~ /^--socket-path=(.*)/;
my ($source) = $ARGV[2] =~ /^source=([^,]*)/;
open my $said, '>', "$source/../said" or die;
sub say { syswrite $said, join '', @_ }
for my $home (glob "$source/root/homes/*") { say(join(' ', map { s|.*/root/homes/||r } $home, glob "$home/*") . "\\n") }
${begins}
my $listening = IO::Socket::UNIX->new(Local => $socket, Listen => 1) or die;
${lines}
sleep;
`;

interface Served {
	/** Each may have a place in their home that is to be covered. */
	readonly homes: readonly string[];
	/** Those in which whoever looks waits. */
	readonly locked?: readonly string[];
	/** Perl, before it listens and afterwards. */
	readonly begins?: string;
	readonly lines?: string;
	/** What is mounted beside them, from the directory of the homes. */
	readonly binds?: ReadonlyArray<{
		readonly name: string;
		readonly source?: string;
		readonly isAsked: boolean;
		readonly shown?: ShownPart;
		readonly shownAt?: (directory: string) => ShownPart;
	}>;
}

/** Has homes below a directory of the host served; `told` takes down the notices. */
async function serve(t: ExecutionContext, {homes, locked = [], begins = '', lines = '', binds = []}: Served, told: string[] = []) {
	const directory = mkdtempSync('/srv/served-');
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const shared = join(directory, 'homes');
	mkdirSync(shared);
	for (const home of homes) mkdirSync(join(shared, home, 'config'), {recursive: true});
	for (const home of locked) await lockDirectory(t, join(shared, home, 'config'));
	const state = {id: '00000000', path: directory, root: join(directory, 'root'), io: join(directory, 'io')};
	for (const made of [state.root, state.io]) mkdirSync(made);
	const virtiofsd = join(directory, 'virtiofsd');
	writeFileSync(virtiofsd, standIn(begins, lines));
	chmodSync(virtiofsd, 0o755);
	const tree: HostTree = {
		entries: [
			...['root', 'root/homes', 'nothing', 'nothing/directory'].map((path) => ({kind: 'directory' as const, path})),
			{kind: 'file', path: 'nothing/file'},
		],
		mounts: [
			{kind: 'bind', path: 'root/homes', source: shared, readonly: true, isAsked: false, cause: {kind: 'backend', text: 'a test'}},
			...binds.map(({name, source = name, isAsked, shownAt, shown = shownAt?.(directory)}) => ({
				kind: 'bind' as const,
				path: `root/homes/${name}`,
				source: join(shared, source),
				readonly: true,
				isAsked,
				...(shown !== undefined && {shown}),
				cause: {kind: 'backend' as const, text: 'a test'},
			})),
			...homes.map((home) => ({
				kind: 'cover' as const,
				path: `root/homes/${home}/config/place`,
				of: 'any' as const,
				ifThere: true as const,
				homes: [`root/homes/${home}`],
			})),
		],
	};
	const voice = {...silentVoice, notice: (_level: string, code: string, message: string) => void told.push(`${code}: ${message}`)};
	const plan = {spec: defaultSpec, uri: 'qemu:///system', root: {tree}};
	const served = serveTree(plan, virtiofsd, {state, uuid: 'none', temporary: [], options: {caller: rootCaller, voice}});
	return {served, at: directory, said: () => readOrEmpty(join(directory, 'said'))};
}

testAsRoot('any number of homes that keep waiting is gone past: after three all that are left are covered', async (t) => {
	const told: string[] = [];
	const homes = ['a', 'b', 'c', 'd', 'e', 'f'];
	const {served, said} = await serve(t, {homes, locked: homes.slice(1)}, told);
	await served.ready({uid: 0, gid: 0}, undefined);
	t.deepEqual(
		told,
		['b', 'c', 'd, /homes/e, /homes/f'].map((them) => `home-covered: The machine sees nothing of /homes/${them}: whoever looks there may wait for ever`),
	);
	t.is(said(), 'a a/config\nb\nc\nd\ne\nf\n');
	t.true(await served.stop());
});

testAsRoot('that few files of the host can be open is told', async (t) => {
	const told: string[] = [];
	const {served} = await serve(t, {homes: ['a'], begins: 'system "prlimit", "--pid", $$, "--nofile=1024:1024";\n'}, told);
	await served.ready({uid: 0, gid: 0}, undefined);
	served.tellLimit();
	t.deepEqual(told, [
		'lacks: The machine can use no more than 1024 files of the host at a time; beyond that its programs are told "Too many open files in system"',
	]);
	t.true(await served.stop());
});

testAsRoot('a mount that has gone since the plan is left out where nobody asked for it', async (t) => {
	const gone = [
		{name: 'a/none', isAsked: false},
		// Its place has gone alone.
		{name: 'none', source: 'a', isAsked: false},
		{name: 'a/config', source: 'b', isAsked: false},
	];
	const {served, said} = await serve(t, {
		homes: ['a', 'b'],
		binds: gone,
		begins: 'say join(" ", map { s|.*/||r } glob "$source/root/homes/a/config/*"), "\n";',
	});
	await served.ready({uid: 0, gid: 0}, undefined);
	t.is(said(), 'a a/config\nb b/config\nconfig\n');
	t.true(await served.stop());
	for (const binds of [[{name: 'a/none', isAsked: true}], [{name: 'none', source: 'a', isAsked: true}]]) {
		const other = await serve(t, {homes: ['a'], binds});
		await t.throwsAsync(other.served.ready({uid: 0, gid: 0}, undefined), {message: /^Cannot mount .* for the machine$/});
		await other.served.stop();
	}
});

testAsRoot('a tree in which something else is mounted than the host had there is not served', async (t) => {
	const {served} = await serve(t, {homes: ['a'], binds: [{name: 'a/config', isAsked: false, shown: {device: '0:0', root: '/'}}]});
	await t.throwsAsync(served.ready({uid: 0, gid: 0}, undefined), {message: 'The way to /homes/a/config changed while the machine started'});
	await served.stop();
});

testAsRoot('a tree from which what was asked for was moved away is not served', async (t) => {
	for (const [to, message] of [
		['config', undefined],
		['moved', 'The way to /homes/a/config changed while the machine started'],
	] as const) {
		const shownAt = (directory: string): ShownPart => {
			const {device = '', path = ''} = mountTreeOf(readMountTable()).placeOf(join(directory, 'homes/a/config')) ?? {};
			return {device, root: path};
		};
		const {served, at, said} = await serve(t, {homes: ['a'], binds: [{name: 'a/config', isAsked: true, shownAt}], begins: 'sleep 1;'});
		const ready = served.ready({uid: 0, gid: 0}, undefined);
		// Whoever renames it has it mounted on nothing.
		await Promise.race([ready, waitUntil(() => said() !== '', 'it is mounted')]);
		renameSync(join(at, 'homes/a/config'), join(at, 'homes/a', to));
		if (message === undefined) await t.notThrowsAsync(ready);
		else await t.throwsAsync(ready, {message});
		await served.stop();
	}
});

testAsRoot('what serves a tree may say as much as its guest likes: its last words are kept, in no file', async (t) => {
	const flood = `print STDERR "x" x 60, "\\n" for 1..200_000; print STDERR "the end\\n";`;
	const {served, at, said} = await serve(t, {homes: [], lines: `${flood} say 'said all';`});
	await served.ready({uid: 0, gid: 0}, undefined);
	await waitUntil(() => said().endsWith('said all'), 'it has said all');
	for (const name of readdirSync(at)) t.true(statSync(join(at, name)).size < 100_000, name);
	t.true(await served.stop());
	const failing = await serve(t, {homes: [], begins: `${flood} exit 1;`});
	await t.throwsAsync(failing.served.ready({uid: 0, gid: 0}, undefined), {message: 'virtiofsd does not start: the end'});
	await failing.served.stop();
});

testAsRoot('who waits for what serves a tree goes at once where the start is given up', async (t) => {
	const {served} = await serve(t, {homes: ['a'], locked: ['a']});
	await t.throwsAsync(served.ready({uid: 0, gid: 0}, undefined, AbortSignal.timeout(500)), {name: 'TimeoutError'});
	await served.stop();
});

testAsRoot('what serves a tree and waits for a directory that somebody holds up does not end', async (t) => {
	const locked = mkdtempSync('/srv/locked-');
	t.teardown(() => rmSync(locked, {recursive: true, force: true}));
	await lockDirectory(t, locked);
	const {served, said} = await serve(t, {homes: [], lines: `say $$; mkdir '${locked}/late';`});
	await served.ready({uid: 0, gid: 0}, undefined);
	await waitUntil(() => /\) D /.test(readOrEmpty(`/proc/${said()}/stat`)), 'it waits for the directory');
	t.false(await served.stop());
});
