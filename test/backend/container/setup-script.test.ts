import {spawnSync} from 'node:child_process';
import {mkdtempSync, realpathSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setupScript} from '../../../src/backend/container/setup-script.ts';
import {findBusybox} from '../../../src/backend/host/busybox.ts';
import {parseMount} from '../../../src/spec/parse/parse-mount.ts';
import {testAsRoot} from '../../helpers/other-mounts.ts';

/** Shell: the setup of nothing but one ram. */
function settle(target: string): string {
	const cause = parseMount(`ram:${target}=1M,uid=12,gid=34,mode=0700`, '/');
	const ram = {kind: 'ram', target, sizeKiB: 1024, readonly: false, mode: 0o700, uid: 12, gid: 34, cause} as const;
	const setup = setupScript({
		root: {base: '', skeleton: [], mounts: [ram], hostMounts: [], hidden: [], loose: []},
		late: new Set<string>(),
		includeReader: undefined,
		includes: [],
		account: {uid: 0, gid: 0, groups: []},
		networks: [],
		resolver: undefined,
		hosts: undefined,
		disks: [],
		spec: {idmap: undefined},
	});
	return `(fatal() { echo "fatal $1"; exit 1; }\nset -f\n${setup})`;
}

testAsRoot('a ram has its owner and mode; a link, or what is no ram of its own, in its place has neither', (t) => {
	const directory = realpathSync(mkdtempSync('/var/tmp/settle-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [memory, ram, inMemory, link, onDisk] = ['memory', 'memory/ram', 'memory/directory', 'link', 'disk'].map((name) => join(directory, name)) as [
		string,
		string,
		string,
		string,
		string,
	];
	const script = [
		`mkdir ${memory} ${onDisk} && mount -t tmpfs tmpfs ${memory} && mkdir ${ram} ${inMemory} && mount -t tmpfs tmpfs ${ram} && ln -s ${ram} ${link}`,
		`chmod 755 ${onDisk}`,
		...[link, inMemory, onDisk].map(settle),
		`stat -c '%u:%g %a' ${ram} ${inMemory} ${onDisk}`,
		settle(ram),
		`stat -c '%u:%g %a' ${ram}`,
	];
	const {stdout} = spawnSync('unshare', ['--mount', findBusybox(), 'sh', '-c', script.join('\n')], {encoding: 'utf8', timeout: 30_000});
	t.is(stdout, 'fatal ram\nfatal ram\nfatal ram\n0:0 1777\n0:0 755\n0:0 755\n12:34 700\n');
});
