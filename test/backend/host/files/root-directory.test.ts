import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {ShellError} from '../../../../src/core/errors.ts';
import {listWithin, lstatWithin, readlinkWithin, readWithin} from '../../../../src/backend/host/files/root-directory.ts';

const most = 1024;

/** A directory with a secret, and beside that a root that others have written. */
function makeRoot(t: ExecutionContext): {readonly outside: string; readonly root: string} {
	const outside = mkdtempSync(join(tmpdir(), 'root-directory-'));
	t.teardown(() => rmSync(outside, {recursive: true, force: true}));
	writeFileSync(join(outside, 'secret'), 'secret\n');
	const root = join(outside, 'root');
	mkdirSync(join(root, 'etc/deep'), {recursive: true});
	writeFileSync(join(root, 'etc/inside'), 'inside\n');
	return {outside, root};
}

const links: ReadonlyArray<readonly [title: string, to: (outside: string) => string]> = [
	['an absolute link', (outside) => `${outside}/secret`],
	['a link with ..', () => '../../secret'],
	['a link with more .. than there are directories', (outside) => `../../../../../../../../../../../..${outside}/secret`],
	['a link through the directory above', () => '../../root/../secret'],
	['a link through a link of the kernel', (outside) => `/proc/self/root${outside}/secret`],
	['a link to itself', () => 'passwd'],
	['a link to nothing', () => '/nothing'],
];

for (const [title, to] of links) {
	test(`${title} reads nothing of the host`, (t) => {
		const {outside, root} = makeRoot(t);
		symlinkSync(to(outside), join(root, 'etc/passwd'));
		symlinkSync('passwd', join(root, 'etc/second'));
		for (const path of ['/etc/passwd', '/etc/second', '/etc/deep/../passwd']) t.is(readWithin(root, path, most), undefined);
		t.is(lstatWithin(root, '/etc/passwd')?.isSymbolicLink(), true);
		t.is(readlinkWithin(root, '/etc/passwd'), to(outside));
	});
}

test('what is no link leads nowhere', (t) => {
	const {root} = makeRoot(t);
	for (const path of ['/etc/inside', '/etc', '/etc/nothing', '/etc/inside/below']) {
		t.is(readlinkWithin(root, path), undefined, path);
		t.is(readlinkWithin('', `${root}${path}`), undefined, path);
	}
});

test('a directory that is a link leads to the one of the same name in the root', (t) => {
	const {outside, root} = makeRoot(t);
	symlinkSync(outside, join(root, 'out'));
	symlinkSync('../..', join(root, 'etc/up'));
	t.is(lstatWithin(root, '/out/secret'), undefined);
	t.is(lstatWithin(root, '/etc/up/secret'), undefined);
	t.is(lstatWithin(root, '/etc/up/root'), undefined);
	t.is(readWithin(root, '/etc/up/etc/inside', most), 'inside\n');
	t.throws(() => listWithin(root, '/out'), {code: 'ENOENT'});
	t.deepEqual(
		listWithin(root, '/etc/up')
			.map(({name}) => name)
			.toSorted(),
		['etc', 'out'],
	);
});

test('links that stay inside are followed: absolute, relative, one after another', (t) => {
	const {root} = makeRoot(t);
	symlinkSync('/etc/b', join(root, 'etc/a'));
	symlinkSync('deep/../c', join(root, 'etc/b'));
	symlinkSync('/../../etc//./inside', join(root, 'etc/c'));
	t.is(readWithin(root, '/etc/a', most), 'inside\n');
});

test('41 links are too many, 40 are not', (t) => {
	const {root} = makeRoot(t);
	symlinkSync('inside', join(root, 'etc/link-1'));
	for (let link = 2; link <= 41; link++) symlinkSync(`link-${link - 1}`, join(root, `etc/link-${link}`));
	t.is(readWithin(root, '/etc/link-40', most), 'inside\n');
	t.is(readWithin(root, '/etc/link-41', most), undefined);
});

for (const [title, make] of [
	['a named pipe', (path: string) => execFileSync('mkfifo', [path])],
	['a directory', (path: string) => mkdirSync(path)],
	// Its open waits for a carrier, or takes the terminal.
	['a device', (path: string) => execFileSync('mknod', [path, 'c', '1', '5'])],
] as const) {
	const testIt = title === 'a device' && process.getuid?.() !== 0 ? test.skip : test;
	testIt(`${title} is not read, nor waited for`, (t) => {
		const {root} = makeRoot(t);
		make(join(root, 'etc/odd'));
		symlinkSync('odd', join(root, 'etc/link'));
		for (const path of ['/etc/odd', '/etc/link']) {
			const error = t.throws(() => readWithin(root, path, most), {instanceOf: ShellError});
			t.is(error?.message, `${path} of the root ${root} is not a regular file`);
		}
	});
}

test('a file may have just as many bytes as are wanted, and a hole of a terabyte costs nothing', (t) => {
	const {root} = makeRoot(t);
	writeFileSync(join(root, 'etc/most'), 'x'.repeat(most));
	t.is(readWithin(root, '/etc/most', most), 'x'.repeat(most));
	writeFileSync(join(root, 'etc/more'), 'x'.repeat(most + 1));
	t.throws(() => readWithin(root, '/etc/more', most), {instanceOf: ShellError, message: /^\/etc\/more of the root .* is larger than/});
	truncateSync(join(root, 'etc/more'), 1024 ** 4);
	t.throws(() => readWithin(root, '/etc/more', most), {instanceOf: ShellError, message: /is larger than/});
});

test('a directory with more entries than a system has is refused', (t) => {
	const {root} = makeRoot(t);
	for (let name = 0; name < 1024; name++) writeFileSync(join(root, 'etc/deep', String(name)), '');
	t.is(listWithin(root, '/etc/deep').length, 1024);
	writeFileSync(join(root, 'etc/deep/one-more'), '');
	t.throws(() => listWithin(root, '/etc/deep'), {instanceOf: ShellError, message: `/etc/deep of the root ${root} has more than 1024 entries`});
});

test('no descriptor stays open', (t) => {
	const {root} = makeRoot(t);
	symlinkSync('loop', join(root, 'etc/loop'));
	const count = (): number => readdirSync('/proc/self/fd').length;
	const before = count();
	for (let time = 0; time < 10; time++) {
		readWithin(root, '/etc/inside', most);
		readWithin(root, '/etc/loop', most);
		readWithin(root, '/etc/inside/below', most);
		lstatWithin(root, '/etc/deep/../../../nothing');
		listWithin(root, '/');
		t.throws(() => readWithin(root, '/etc', most));
	}
	t.is(count(), before);
});

test('the host’s own root is read as it is', (t) => {
	const {outside} = makeRoot(t);
	symlinkSync(join(outside, 'secret'), join(outside, 'link'));
	t.is(readWithin('', join(outside, 'link'), most), 'secret\n');
	t.is(lstatWithin('', join(outside, 'secret'))?.isFile(), true);
});
