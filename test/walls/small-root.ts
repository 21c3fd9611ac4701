import {execFileSync} from 'node:child_process';
import {chmodSync, copyFileSync, cpSync, mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

/** Makes a root with nothing but what probes need: busybox, and perl with its libraries. Gives its path. */
export function makeSmallRoot(root: string): string {
	for (const name of ['bin', 'etc', 'usr/bin', 'mine']) mkdirSync(join(root, name), {recursive: true});
	for (const at of [dirname(root), root]) chmodSync(at, 0o755);
	copyFileSync('/usr/bin/busybox', join(root, 'usr/bin/busybox'));
	execFileSync('/usr/bin/busybox', ['--install', '-s', join(root, 'bin')]);
	const libraries = execFileSync('ldd', ['/usr/bin/perl'], {encoding: 'utf8'}).match(/\/\S+/g) ?? [];
	for (const file of ['/usr/bin/perl', ...libraries]) cpSync(file, join(root, file), {dereference: true, recursive: true});
	writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
	writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n');
	return root;
}
