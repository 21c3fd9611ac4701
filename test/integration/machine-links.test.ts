import {execFileSync} from 'node:child_process';
import {chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {parseNetwork} from '../../src/spec/parse/parse-network.ts';
import {container, machine} from '../helpers/backends.ts';
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
		t.like(error, {code: 'failed', message: 'The guest could not mount an overlay: cannot mount at /o'});
	}
});

/** An image of a directory with what these links lead to, and a device node of the machine's own disk. */
function makeImage(directory: string, links: Readonly<Record<string, string>>): string {
	const content = join(directory, 'content');
	mkdirSync(join(content, 'plain/inner'), {recursive: true});
	for (const [name, to] of Object.entries(links)) symlinkSync(to, join(content, name));
	const image = join(directory, 'image');
	const env = {...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`};
	execFileSync('mkfs.ext4', ['-q', '-F', '-d', content, image, '2M'], {env});
	execFileSync('debugfs', ['-w', '-R', 'mknod node c 1 3', image], {env, stdio: 'ignore'});
	return image;
}

for (const [what, mount, link] of [
	['a ram', 'ram:/image/dev=1M', '/image/dev'],
	['a ram below one', 'ram:/image/up/new=1M', '/image/up'],
	['a directory of the host', 'host-bind:/image/dev=/usr/share,ro', '/image/dev'],
	['another place of the guest', 'guest-bind:/image/dev=/usr/share', '/image/dev'],
	['another image', 'host-image:/image/dev=IMAGE,ro', '/image/dev'],
	['an overlay', 'overlay:/image/dev=/usr/share', '/image/dev'],
] as const) {
	testWithMachines(`no link of an image leads ${what} elsewhere`, async (t) => {
		const image = makeImage(makeDirectory(t), {dev: '/dev', up: '../../../etc'});
		const mounts = [`host-image:/image=${image},ro`, mount.replace('IMAGE', image)].map((text) => parseMount(text, '/'));
		const error = await t.throwsAsync(startTestMachine(t, {command: ['true'], mounts}));
		const message = `The guest found a link that the plan has not seen, and mounts nothing by it: ${link} is a link, which could lead anywhere`;
		t.like(error, {code: 'failed', message});
	});
}

testWithMachines('no link of an image leads to what a guest-bind shows', async (t) => {
	const image = makeImage(makeDirectory(t), {kernel: '/proc'});
	const mounts = [`host-image:/image=${image}`, 'guest-bind:/x=/image/kernel'].map((text) => parseMount(text, '/'));
	const error = await t.throwsAsync(startTestMachine(t, {command: ['true'], mounts}));
	t.regex(error?.message ?? '', /: \/image\/kernel is a link, which could lead anywhere$/);
});

testWithMachines('what lies in an image without a link is mounted upon and shown, read-only too, and its device nodes are none', async (t) => {
	const image = makeImage(makeDirectory(t), {});
	const mounts = [`host-image:/image=${image}`, 'ram:/image/plain/inner=1M', 'guest-bind:/x=/image,ro'];
	const script = `
		grep -oE '^.* /(image/plain/inner|x) [^ ]* [^,]*' /proc/mounts
		for node in /image/node /x/node; do cat $node; done 2>&1
		touch /x/other 2>&1`;
	const {stdout} = await finish(await startTestMachine(t, {command: ['sh', '-c', script], mounts: mounts.map((text) => parseMount(text, '/'))}));
	t.deepEqual(stdout.split('\n'), [
		'tmpfs /image/plain/inner tmpfs rw',
		'dev/vda /x ext4 ro',
		'cat: /image/node: Permission denied',
		'cat: /x/node: Permission denied',
		"touch: cannot touch '/x/other': Read-only file system",
		'',
	]);
});

testWithMachines('no mount point is made in an image', async (t) => {
	const image = makeImage(makeDirectory(t), {});
	const mounts = [`host-image:/image=${image}`, 'ram:/image/new/er=1M'].map((text) => parseMount(text, '/'));
	await t.throwsAsync(startTestMachine(t, {command: ['true'], mounts}), {message: /there is no \/image\/new\/er/});
	const {stdout} = await finish(await startTestMachine(t, {command: ['ls', '/image'], mounts: mounts.slice(0, 1)}));
	t.false(stdout.includes('new'));
});

testWithMachines("what is changed in an overlay lands in its upper directory, whose links and attributes lead to nothing of the machine's own", async (t) => {
	const directory = makeDirectory(t);
	mkdirSync(join(directory, 'upper'));
	symlinkSync('/usr/bin/id', join(directory, 'upper/resolv.conf'));
	const command = ['sh', '-c', 'grep -c /usr/bin/id /proc/self/mountinfo; rm /etc/passwd; echo new >/etc/new; cat /etc/new'];
	const mounts = [parseMount(`overlay:/etc=/etc,upper=${directory}`, '/')];
	const {stdout} = await finish(await startTestMachine(t, {command, mounts, networks: [parseNetwork('address=192.0.2.2/24')]}));
	t.is(stdout, '0\nnew\n');
	t.is(readFileSync(join(directory, 'upper/new'), 'utf8'), 'new\n');
	t.true(lstatSync(join(directory, 'upper/passwd')).isCharacterDevice());
});

testWithMachines('an overlay is open to whom the directory is that it lies over', async (t) => {
	const directory = makeDirectory(t);
	chmodSync(directory, 0o755);
	for (const [name, mode, id] of [
		['closed', 0o700, 0],
		['shared', 0o3770, 65_534],
	] as const) {
		mkdirSync(join(directory, name));
		writeFileSync(join(directory, name, 'file'), 'text', {mode: 0o644});
		chownSync(join(directory, name), id, id);
		chmodSync(join(directory, name), mode);
	}
	mkdirSync(join(directory, 'upper'));
	const mounts = [`overlay:/closed=${directory}/closed`, `overlay:/shared=${directory}/shared`, `overlay:/kept=${directory}/closed,upper=${directory}/upper`];
	const script = 'cat /closed/file /kept/file 2>/dev/null; touch /shared/new && stat -c %a:%u:%g /closed /shared /kept';
	const {stdout} = await finish(
		await startTestMachine(t, {command: ['sh', '-c', script], user: {kind: 'name', name: 'nobody'}, mounts: mounts.map((text) => parseMount(text, '/'))}),
	);
	t.is(stdout, '700:0:0\n3770:65534:65534\n700:0:0\n');
});

testWithMachines('what is hidden or mounted deep in an overlay is there alone, and nobody gives its directory another name', async (t) => {
	const directory = makeDirectory(t);
	const home = join(directory, 'home');
	mkdirSync(join(home, 'a/b/c'), {recursive: true});
	for (const name of ['file', 'a/secret', 'a/file', 'a/b/secret', 'a/b/file', 'a/b/c/file']) writeFileSync(join(home, name), name);
	mkdirSync(join(directory, 'upper'));
	const mounts = ['', `,upper=${directory}/upper`].flatMap((upper, index) => [
		`overlay:/o${index}=${home}${upper}`,
		`hide:/o${index}/a/secret`,
		`hide:/o${index}/a/b/secret`,
		`ram:/o${index}/a/b/c=1M`,
	]);
	const script =
		'for o in /o0 /o1; do cd $o; find . | sort; cat a/secret a/b/secret; cat a/file a/b/file; echo; mv a z || echo stays; echo new >a/b/new; done 2>/dev/null';
	const {stdout} = await finish(await startTestMachine(t, {command: ['sh', '-c', script], mounts: mounts.map((text) => parseMount(text, '/'))}));
	const seen = ['.', './a', './a/b', './a/b/c', './a/b/file', './a/b/secret', './a/file', './a/secret', './file', 'a/filea/b/file', 'stays', ''].join('\n');
	t.is(stdout, seen + seen);
	t.is(readFileSync(join(directory, 'upper/upper/a/b/new'), 'utf8'), 'new\n');
});

testWithMachines('of what shows one directory, each has what is hidden or mounted in it alone', async (t) => {
	const directory = makeDirectory(t);
	for (const name of ['één/deep', 'two']) mkdirSync(join(directory, name), {recursive: true});
	for (const name of ['één/file', 'één/deep/file', 'two/file']) writeFileSync(join(directory, name), name);
	const mounts = [
		'ram:/r=1M',
		`host-bind:/r/a=${directory}/één`,
		`host-bind:/r/a/deep=${directory}/two`,
		`host-bind:/r/b=${directory}/één`,
		`overlay:/o=${directory}/één`,
		'hide:/o/file',
		`overlay:/p=${directory}/één`,
		'guest-bind:/tmp/y=/r/b',
		`host-bind:/tmp/y/deep=${directory}/two`,
	];
	const includes = [{guest: '/tmp/in', host: join(directory, 'één')}];
	const script = 'for of in /r/a /r/b /o /p /tmp/in /tmp/y; do cat $of/file $of/deep/file; echo; done; echo new >/tmp/y/deep/new';
	const {stdout} = await finish(await startTestMachine(t, {command: ['sh', '-c', script], mounts: mounts.map((text) => parseMount(text, '/')), includes}));
	t.is(
		stdout,
		['één/filetwo/file', 'één/fileéén/deep/file', 'één/deep/file', 'één/fileéén/deep/file', 'één/fileéén/deep/file', 'één/filetwo/file', ''].join('\n'),
	);
	t.is(readFileSync(join(directory, 'two/new'), 'utf8'), 'new\n');
});

testWithMachines('in a guest-bind nothing is made to mount upon, and what is mounted there keeps its place', async (t) => {
	const directory = makeDirectory(t);
	mkdirSync(join(directory, 'one/way/deep'), {recursive: true});
	const ofMemory = ['ram:/z=1M', 'guest-bind:/tmp/z=/z', 'ram:/tmp/z/made=1M', 'ram:/tmp/z/made/deep=1M'];
	const bound = ['ram:/r=1M', `host-bind:/r/one=${directory}/one`, 'guest-bind:/tmp/y=/r/one', ...ofMemory].map((text) => parseMount(text, '/'));
	const begin = (command: readonly string[], ram: string) => startTestMachine(t, {command, mounts: [...bound, parseMount(`ram:${ram}=1M`, '/')]});
	await t.throwsAsync(begin(['true'], '/tmp/y/new/deep'), {message: /there is no \/tmp\/y\/new, /});
	const image = parseMount(`host-image:/tmp/y/image=${makeImage(directory, {})}`, '/');
	await t.throwsAsync(startTestMachine(t, {command: ['true'], mounts: [...bound, image]}), {message: /there is no \/tmp\/y\/image, /});
	t.deepEqual(readdirSync(join(directory, 'one')), ['way']);
	const {stdout} = await finish(
		await begin(['sh', '-c', 'mv /tmp/y/way /tmp/y/other || mv /r/one/way /r/one/other || ls -d /tmp/z/made/deep'], '/tmp/y/way/deep'),
	);
	t.is(stdout, '/tmp/z/made/deep\n');
});

testWithMachines('what lies beneath a mount of the host is in no overlay, and a directory with one is not copied', async (t) => {
	const directory = makeDirectory(t);
	mkdirSync(join(directory, 'in/deep'), {recursive: true});
	for (const name of ['in/deep/secret', 'in/file', 'other']) writeFileSync(join(directory, name), name);
	execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(directory, 'in/deep')]);
	t.teardown(() => execFileSync('umount', [join(directory, 'in/deep'), join(directory, 'in/file')]));
	execFileSync('mount', ['--bind', join(directory, 'other'), join(directory, 'in/file')]);
	const script = 'ls /o; ls /o/deep; cat /o/deep/* /o/file; echo end';
	const mounts = [parseMount(`overlay:/o=${directory}/in`, '/')];
	const {stdout} = await finish(await startTestMachine(t, {command: ['sh', '-c', `${script} 2>/dev/null`], mounts}));
	t.is(stdout, 'deep\nfile\nend\n');
	for (const backend of [container, machine]) {
		const copied = backend.start(t, {command: ['true'], includes: [{guest: '/tmp/in', host: join(directory, 'in')}]});
		await t.throwsAsync(copied, {message: new RegExp(`^The include ${directory}/in cannot be copied whole: the host has something mounted in it`)});
	}
});

testWithMachines("the resolver's file follows no link of an image", async (t) => {
	const image = makeImage(makeDirectory(t), {'resolv.conf': '/usr/bin/id', passwd: '/usr/share/passwd'});
	const command = ['sh', '-c', 'grep -c /usr/bin/id /proc/self/mountinfo'];
	const mounts = [parseMount(`host-image:/etc=${image}`, '/')];
	const {stdout} = await finish(await startTestMachine(t, {command, mounts, networks: [parseNetwork('address=192.0.2.2/24')]}));
	t.is(stdout, '0\n');
});
