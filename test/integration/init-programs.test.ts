import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {runAlone, runIn, testEach} from '../helpers/backends.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {startTestSandbox} from '../helpers/run-sandbox.ts';

/** What the loader says once for every program that it starts, of a library that is asked for and is not there. */
function sayings(output: string, where: string): number {
	return output.split('\n').filter((line) => line.includes(`'/missing.so' from ${where} cannot be preloaded`)).length;
}

testEach("a library that the root's /etc asks for is loaded by the command alone, not by what begins it", async (t, backend) => {
	const etc = mkdtempSync(join(tmpdir(), 'etc-'));
	t.teardown(() => rmSync(etc, {recursive: true, force: true}));
	writeFileSync(join(etc, 'ld.so.preload'), '/missing.so\n');
	const {status, stdout, stderr} = await runAlone(backend, t, ['/usr/bin/env'], {mounts: [parseMount(`host-bind:/etc=${etc}`)], environment: {ODD: '1'}});
	t.is(status, 0);
	t.regex(stdout, /^ODD=1$/m);
	t.is(sayings(stderr, '/etc/ld.so.preload'), 1);
});

testEach("a library that the command's environment asks for is loaded by the command alone, with its rights", async (t, backend) => {
	const changes = {environment: {LD_PRELOAD: '/missing.so'}, user: {kind: 'name', name: 'nobody'}} as const;
	const {status, stderr} = await runIn(backend, t, ['/usr/bin/true'], changes);
	t.is(status, 0);
	t.is(sayings(stderr, 'LD_PRELOAD'), 1);
});

testEach("the command's words and environment can be read by no other user of the guest", async (t, backend) => {
	// A container's are not listed.
	const script = `for file in /run/sandbox/*.run /run/sandbox/*.cmd /run/sandbox/0.run /run/sandbox/0.cmd; do
		[ -e "$file" ] && there=yes && cat "$file" >/dev/null 2>&1 && echo "read $file"; done; echo $there; id -u`;
	const {stdout} = await runIn(backend, t, ['sh', '-c', script], {environment: {SECRET: 'x'}, user: {kind: 'name', name: 'nobody'}});
	t.is(stdout, 'yes\n65534\n');
});

/** A file of /proc of each process whose command line is that of a container's init. */
function ofInits(file: string): string[] {
	return readdirSync('/proc').flatMap((pid) => {
		try {
			return readFileSync(`/proc/${pid}/cmdline`, 'latin1') === 'sh\0/run/sandbox/init\0' ? [readFileSync(`/proc/${pid}/${file}`, 'latin1')] : [];
		} catch {
			// No process, or one that has just gone.
			return [];
		}
	});
}

testWithLibvirtd("a container's init has nothing of another's environment, and is filtered", async (t) => {
	await startTestSandbox(t, {command: ['sleep', '60'], environment: {SECRET: 'x'}});
	const names = ofInits('environ').map((environment) => environment.replaceAll(/=[^\0]*\0/g, ' '));
	t.deepEqual(new Set(names), new Set(['PATH container_uuid ']));
	t.deepEqual(new Set(ofInits('status').map((status) => /^Seccomp:\t(.*)$/m.exec(status)?.[1])), new Set(['2']));
});
