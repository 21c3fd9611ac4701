import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {setupScript} from '../../../src/backend/guest/setup-script.ts';
import {findBusybox} from '../../../src/backend/host/busybox.ts';
import {parseMount} from '../../../src/spec/parse-mount.ts';

const canRun = process.getuid?.() === 0 ? test : test.skip;

function makeDirectory(t: ExecutionContext, above: string): string {
	const directory = realpathSync(mkdtempSync(join(above, 'settle-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

/** What a setup of nothing but one ram does on this host. */
function settle(target: string): string {
	const cause = parseMount(`ram:${target}=1M,uid=12,gid=34,mode=0700`, '/');
	const ram = {kind: 'ram', target, sizeKiB: 1024, readonly: false, mode: 0o700, uid: 12, gid: 34, cause} as const;
	const setup = setupScript({
		root: {base: '', skeleton: [], mounts: [ram], hostMounts: [], hidden: []},
		includes: [],
		account: {uid: 0, gid: 0, groups: []},
		networks: [],
		resolver: undefined,
		hosts: undefined,
		disks: [],
		spec: {idmap: undefined},
	});
	const script = `fatal() { echo "fatal $1"; exit 1; }\nset -f\n${setup}`;
	return spawnSync(findBusybox(), ['sh', '-c', script], {encoding: 'utf8', timeout: 30_000}).stdout;
}

function owner(path: string): string {
	const {uid, gid, mode} = statSync(path);
	return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
}

canRun('a ram has its owner and mode; a link, or what is no ram, in its place has neither', (t) => {
	const memory = makeDirectory(t, '/dev/shm');
	const [ram, other, link] = ['ram', 'other', 'link'].map((name) => join(memory, name)) as [string, string, string];
	const onDisk = join(makeDirectory(t, '/var/tmp'), 'directory');
	for (const path of [ram, other, onDisk]) mkdirSync(path, {mode: 0o755});
	symlinkSync(other, link);
	t.deepEqual([settle(ram), settle(link), settle(onDisk)], ['', 'fatal ram\n', 'fatal ram\n']);
	t.deepEqual([ram, other, onDisk].map(owner), ['12:34 700', '0:0 755', '0:0 755']);
});
