// What mounts, disks and includes show and take, over every backend.
import {execFileSync} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {parseDisk} from '../../src/spec/parse/parse-disk.ts';
import {parseInclude} from '../../src/spec/parse/parse-include.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {container, machine, runAlone, testEach} from '../helpers/backends.ts';
import {execIn} from '../helpers/kept.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testWithMachines} from '../helpers/machine.ts';
import type {SpecChanges} from '../helpers/run-sandbox.ts';

const nobody: SpecChanges = {user: {kind: 'name', name: '65534:65534'}};

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'mounts-'));
	chmodSync(directory, 0o755);
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

/** What a sandbox is given, what a shell script prints in it then, and what the host has afterwards. No two cases use the same place of the guest. */
interface Case {
	readonly mounts?: (directory: string) => readonly string[];
	readonly disks?: (directory: string) => readonly string[];
	readonly includes?: (directory: string) => readonly string[];
	/** Fills the directory of the host. */
	prepare?(directory: string): void;
	readonly script: string;
	readonly prints: string | (() => string);
	after?(t: ExecutionContext, directory: string): void;
}

const cases: Readonly<Record<string, Case>> = {
	'a host directory is seen and written to; read-only it is only seen': {
		mounts: (directory) => [`host-bind:/data=${directory}`, `host-bind:/fixed=${directory},ro`],
		prepare: (directory) => writeFileSync(join(directory, 'file'), 'content\n'),
		script: 'cat /data/file; echo new >/data/new; echo more >/fixed/new',
		prints: 'content\nsh: 1: cannot create /fixed/new: Read-only file system\n',
		after: (t, directory) => t.is(readFileSync(join(directory, 'new'), 'utf8'), 'new\n'),
	},
	'a host file is mounted over a file': {
		mounts: (directory) => [`host-bind:/etc/hosts=${join(directory, 'hosts')},ro`],
		prepare: (directory) => writeFileSync(join(directory, 'hosts'), '127.0.0.1 elsewhere\n'),
		script: 'cat /etc/hosts',
		prints: '127.0.0.1 elsewhere\n',
	},
	'a target behind a link of the host is mounted where the link leads': {
		mounts: (directory) => [`host-bind:/var/run/inner=${directory}`],
		prepare: (directory) => writeFileSync(join(directory, 'here'), ''),
		script: 'ls /var/run/inner /run/inner',
		prints: '/run/inner:\nhere\n\n/var/run/inner:\nhere\n',
	},
	'a ram mount has its size, mode and owner': {
		mounts: () => ['ram:/sized=4M', 'ram:/private=1M,uid=12,gid=34,mode=0700'],
		script: 'df -k --output=size,target /sized /private | tail -n 2; stat -c "%u %g %a" /sized /private; touch /sized/x',
		prints: '     4096 /sized\n     1024 /private\n0 0 1777\n12 34 700\n',
	},
	'a read-only ram mount has its mode and owner, and what is mounted in it': {
		mounts: (directory) => [
			'ram:/still=1M,ro,uid=12,gid=34,mode=0751',
			`host-bind:/still/a/b/file=${join(directory, 'file')}`,
			`host-bind:/still/c=${directory},ro`,
		],
		prepare: (directory) => writeFileSync(join(directory, 'file'), 'content\n'),
		script: 'stat -c "%u %g %a" /still; touch /still/x /still/a/x 2>&1; cat /still/a/b/file /still/c/file; ls /still',
		prints: "12 34 751\ntouch: cannot touch '/still/x': Read-only file system\ntouch: cannot touch '/still/a/x': Read-only file system\ncontent\ncontent\na\nc\n",
	},
	'a file is mounted deep in a ram and in a temporary directory': {
		mounts: (directory) => [
			'ram:/floor=1M',
			'host-bind:/loose=',
			...['/tmp', '/floor', '/loose'].map((place) => `host-bind:${place}/deep/er/file=${join(directory, 'file')}`),
		],
		prepare: (directory) => writeFileSync(join(directory, 'file'), 'content\n'),
		script: 'cat /tmp/deep/er/file /floor/deep/er/file /loose/deep/er/file; touch /tmp/deep/er/other && stat -c %a /tmp/deep/er',
		prints: 'content\ncontent\ncontent\n755\n',
	},
	'a guest-bind shows a path of the guest at a second place': {
		mounts: () => ['ram:/one=1M', 'guest-bind:/two=/one', 'guest-bind:/three=/one,ro'],
		script: 'echo there >/one/file; cat /two/file; echo x >/three/y',
		prints: 'there\nsh: 1: cannot create /three/y: Read-only file system\n',
	},
	'mounts in mounts are made whatever their order': {
		mounts: (directory) => [`host-bind:/r/deep/er=${directory}`, 'ram:/r=1M'],
		prepare: (directory) => writeFileSync(join(directory, 'here'), ''),
		script: 'ls /r /r/deep/er',
		prints: '/r:\ndeep\n\n/r/deep/er:\nhere\n',
	},
	'a guest-bind of a file, and one of a directory that is made for another mount': {
		mounts: (directory) => ['ram:/m=1M', `host-bind:/m/deep/er=${directory}`, 'guest-bind:/again=/m/deep', 'guest-bind:/single=/etc/hostname'],
		script: 'ls /again; cmp /single /etc/hostname && echo equal',
		prints: 'er\nequal\n',
	},
	'an image is mounted, read-only too': {
		mounts: (directory) => [`host-image:/image=${join(directory, 'image')}`, `host-image:/fixed-image=${join(directory, 'fixed')},ro`],
		prepare(directory) {
			const content = join(directory, 'content');
			mkdirSync(content);
			writeFileSync(join(content, 'hello'), 'from the image\n');
			const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
			for (const name of ['image', 'fixed']) execFileSync('mkfs.ext4', ['-q', '-d', content, join(directory, name), '4M'], {env: {...process.env, PATH}});
		},
		script: 'cat /image/hello /fixed-image/hello; echo x >/image/new && cat /image/new; touch /fixed-image/other 2>/dev/null || echo refused',
		prints: 'from the image\nfrom the image\nx\nrefused\n',
	},
	'no memory that a command writes to makes a device or a right of what is copied there': {
		mounts: () => ['ram:/inert=1M'],
		script: String.raw`awk '$5 ~ "^/(tmp|run|run/lock|var/tmp|dev/shm|inert)$" {print $5, $6 ~ /nosuid,nodev/}' /proc/self/mountinfo | sort`,
		prints: '/dev/shm 1\n/inert 1\n/run 1\n/run/lock 1\n/tmp 1\n/var/tmp 1\n',
	},
	'a mount of the host below one of its directories is seen too': {
		script: `stat -c %i ${nestedMount()}`,
		prints: () => `${statSync(nestedMount()).ino}\n`,
	},
};

/** The same as an ordinary user. */
const casesOfNobody: Readonly<Record<string, Case>> = {
	'a temporary directory is fresh, the command’s own, and gone afterwards': {
		mounts: () => ['host-bind:/scratch='],
		script: 'touch /scratch/mine /home/a/b 2>&1; stat -c "%U %a" /scratch; ls -A /scratch',
		prints: "touch: cannot touch '/home/a/b': No such file or directory\nnobody 755\nmine\n",
		after: (t) =>
			t.is(execFileSync('find', ['/var/tmp', '-maxdepth', '1', '-name', 'virt-sandbox-*', '-newer', '/proc/self/stat'], {encoding: 'utf8'}), ''),
	},
	'disks are found by their tags, and belong to the command': {
		disks: (directory) => [`file:first=${join(directory, 'one')}`, `file:second.one=${join(directory, 'two')},format=raw,ro`],
		prepare(directory) {
			for (const name of ['one', 'two']) {
				writeFileSync(join(directory, name), Buffer.concat([Buffer.from(`disk ${name}\n`), Buffer.alloc(1024 * 1024)]));
			}
		},
		script: 'head -n 1 /dev/disk/by-tag/first /dev/disk/by-tag/second.one 2>&1; echo changed | dd of=/dev/disk/by-tag/first conv=notrunc,fsync 2>/dev/null; echo $?',
		prints: '==> /dev/disk/by-tag/first <==\ndisk one\n\n==> /dev/disk/by-tag/second.one <==\ndisk two\n0\n',
		after: (t, directory) => t.is(readFileSync(join(directory, 'one'), 'latin1').slice(0, 8), 'changed\n'),
	},
	'includes are copied in, with what is in them, and belong to the command': {
		mounts: () => ['host-bind:/work-place='],
		includes: (directory) => [`/work-place/new/dir/copy=${join(directory, 'tree')}`, `/tmp/single=${join(directory, 'single')}`],
		prepare(directory) {
			mkdirSync(join(directory, 'tree', 'below'), {recursive: true});
			writeFileSync(join(directory, 'tree', 'below', 'file'), 'deep\n');
			symlinkSync('below/file', join(directory, 'tree', 'link'));
			writeFileSync(join(directory, 'single'), 'single\n', {mode: 0o640});
		},
		script: 'cat /work-place/new/dir/copy/link /tmp/single; stat -c "%u %a %N" /tmp/single /work-place/new /work-place/new/dir/copy/below/file; echo changed >/tmp/single',
		prints: "deep\nsingle\n65534 640 '/tmp/single'\n65534 755 '/work-place/new'\n65534 644 '/work-place/new/dir/copy/below/file'\n",
		after: (t, directory) => t.is(readFileSync(join(directory, 'single'), 'utf8'), 'single\n'),
	},
	'an include follows no link that an earlier command has left, and gives away no file that was there': {
		mounts: (directory) => [`host-bind:/shared=${join(directory, 'shared')}`, `host-bind:/kept=${join(directory, 'kept')}`],
		includes: (directory) => [`/shared/conf=${join(directory, 'conf')}`],
		prepare(directory) {
			for (const name of ['shared/conf', 'kept', 'conf/below']) mkdirSync(join(directory, name), {recursive: true});
			writeFileSync(join(directory, 'kept/secret'), 'secret\n', {mode: 0o600});
			writeFileSync(join(directory, 'shared/conf/of-root'), 'of root\n', {mode: 0o600});
			for (const name of ['first', 'below']) symlinkSync(name === 'first' ? '/kept/secret' : '/kept', join(directory, 'shared/conf', name));
			for (const name of ['first', 'below/second', '.hidden']) writeFileSync(join(directory, 'conf', name), 'included\n');
		},
		script: 'cd /shared/conf; stat -c "%u %F %n" first below below/second .hidden of-root; cat first; cat of-root 2>&1; ls /kept',
		prints:
			'65534 regular file first\n65534 directory below\n65534 regular file below/second\n65534 regular file .hidden\n0 regular file of-root\n' +
			'included\ncat: of-root: Permission denied\nsecret\n',
		after: (t, directory) => t.is(readFileSync(join(directory, 'kept/secret'), 'utf8'), 'secret\n'),
	},
};

/** A mount of the host below a directory at its top; else one of those directories. */
function nestedMount(): string {
	return (
		execFileSync('findmnt', ['-rno', 'TARGET', '-t', 'tmpfs,ext4'], {encoding: 'utf8'})
			.split('\n')
			.find((path) => path.lastIndexOf('/') > 0 && !/^\/(?:proc|sys|dev|run|tmp|var)\//.test(path)) ?? '/usr'
	);
}

/** What a sandbox is given for these cases, each with a directory of the host of its own. */
function lay(t: ExecutionContext, given: readonly Case[], common: SpecChanges): {readonly spec: SpecChanges; readonly directories: readonly string[]} {
	const directories = given.map(({prepare}) => {
		const directory = makeDirectory(t);
		prepare?.(directory);
		return directory;
	});
	const gather = (kind: 'mounts' | 'disks' | 'includes'): string[] => given.flatMap((each, index) => each[kind]?.(directories[index] ?? '') ?? []);
	const spec = {
		...common,
		mounts: gather('mounts').map((text) => parseMount(text)),
		disks: gather('disks').map((text) => parseDisk(text)),
		includes: gather('includes').map((text) => parseInclude(text)),
	};
	return {spec, directories};
}

const printed = ({prints}: Case): string => (typeof prints === 'string' ? prints : prints());

for (const [given, common, whose] of [
	[cases, {}, 'root'],
	[casesOfNobody, nobody, 'an ordinary user'],
] as const) {
	for (const [title, each] of Object.entries(given)) {
		testWithLibvirtd(title, async (t) => {
			const {spec, directories} = lay(t, [each], common);
			const {stdout, stderr} = await runAlone(container, t, ['sh', '-c', each.script], spec);
			t.is(stdout + stderr, printed(each));
			each.after?.(t, directories[0] ?? '');
		});
	}
	testWithMachines(`one machine has all that at once, as ${whose}`, async (t) => {
		const all = Object.entries(given);
		const {spec, directories} = lay(
			t,
			all.map(([, each]) => each),
			common,
		);
		const sandbox = await machine.start(t, {...spec, command: ['sleep', '600']});
		for (const [title, each] of all) {
			const {stdout, stderr} = await execIn(sandbox, ['sh', '-c', each.script]);
			t.is(stdout + stderr, printed(each), title);
		}
		await sandbox.destroy();
		await sandbox.close();
		for (const [index, [, each]] of all.entries()) each.after?.(t, directories[index] ?? '');
	});
}

testEach('what programs look for is fresh and writable by all, below a ram of the user too', async (t, backend) => {
	const script = 'stat -c "%a %n" /tmp /var/tmp /run /run/lock /var/ours; for at in /var/tmp /run/lock; do touch $at/x && echo written; done';
	const {stdout, stderr} = await runAlone(backend, t, ['sh', '-c', script], {
		mounts: ['ram:/var=4M,mode=0755', 'ram:/var/ours=1M,mode=01777', 'ram:/var/tmp/ours/deep=1M', 'ram:/run/lock/ours=1M'].map((text) => parseMount(text)),
		...nobody,
	});
	t.deepEqual([stdout, stderr], ['1777 /tmp\n1777 /var/tmp\n755 /run\n1777 /run/lock\n1777 /var/ours\nwritten\nwritten\n', '']);
});
