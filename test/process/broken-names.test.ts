// Names that are no UTF-8, beside others that have U+FFFD in their place.
import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath} from '../helpers/run-program.ts';

/** `$real` is a directory, `$fake` another one, with what Node makes of its name. */
function runBeside(t: ExecutionContext, script: string): {readonly status: number | null; readonly stdout: string; readonly stderr: string} {
	const base = mkdtempSync('/srv/broken-names-');
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const names = {real: Buffer.of(0xff), fake: Buffer.from('\ufffd')};
	for (const [name, bytes] of Object.entries(names)) {
		const directory = Buffer.concat([Buffer.from(`${base}/a`), bytes]);
		mkdirSync(Buffer.concat([directory, Buffer.from('/bin')]), {recursive: true});
		writeFileSync(Buffer.concat([directory, Buffer.from('/f')]), name);
		writeFileSync(Buffer.concat([directory, Buffer.from('/bin/tell-which')]), `#!/bin/sh\necho ${name}\n`, {mode: 0o755});
	}
	const words = [programPath('virt-sandbox'), programPath('virt-sandbox-shell'), testLibvirtd().uri, base];
	const begin = `sandbox() { "$program" -q -p -c "$uri" "$@" </dev/null; }; program=$0 shell=$1 uri=$2 base=$3 real=$(printf '%s/a\\377' "$3"); cd "$real" && `;
	return spawnSync('sh', ['-c', begin + script, ...words], {encoding: 'latin1', timeout: 60_000});
}

testWithLibvirtd('the present directory, PATH, HOME and variables go on byte for byte', (t) => {
	t.like(runBeside(t, 'sandbox -- cat f'), {status: 0, stdout: 'real', stderr: ''});
	t.like(runBeside(t, 'PATH=$real/bin:$PATH sandbox -- tell-which'), {status: 0, stdout: 'real\n'});
	t.like(runBeside(t, 'VALUE=$(printf "x\\377y") sandbox --env VALUE -- sh -c \'echo "$VALUE"\''), {status: 0, stdout: 'x\xffy\n'});
	t.like(runBeside(t, 'HOME=$real "$program" -q -c "$uri" -- sh -c "cd; cat f" </dev/null'), {status: 0, stdout: 'real'});
	t.like(runBeside(t, 'ln -s "$real" "$base/link"; cd "$base/link"; sandbox -- cat f'), {status: 0, stdout: 'real'});
	t.like(runBeside(t, 'printf "VALUE=x\\377y\\n" >"$base/values"; sandbox --env-file "$base/values" -- sh -c \'echo "$VALUE"\''), {
		status: 0,
		stdout: 'x\xffy\n',
	});
});

testWithLibvirtd('nothing of the host is taken from another directory for one whose name libvirt cannot have', (t) => {
	const [mount, link] = [`-m host-bind:/mnt=.`, '-m host-bind:/mnt=$base/link'];
	for (const options of [mount, `-m host-bind:/mnt="$real"`, '-i /tmp/f=f', '--root .', '--kernpath f', '-I f', '--env-file f', '--seccomp f']) {
		const {status, stdout, stderr} = runBeside(t, `sandbox ${options} -- cat /mnt/f`);
		t.deepEqual([status, stdout], [125, ''], options);
		t.regex(stderr, /holds bytes that are not UTF-8/, options);
	}
	const led = runBeside(t, `ln -s "$real" "$base/link"; sandbox ${link} -- cat /mnt/f`);
	t.is(led.status, 125);
	t.regex(led.stderr, /leads by the link \S+ to a name that holds bytes that are not UTF-8/);
	for (const [option, what] of [
		['-i "/tmp/$own/f=/etc/hostname"', 'include target'],
		['-m "hide:$base/$own/s"', 'path to hide'],
		['-m "ram:$base/$own=1M"', 'mount target'],
	] as const) {
		const {status, stderr} = runBeside(t, `own=$(printf 'b\\377'); sandbox ${option} -- true`);
		t.is(status, 125);
		t.regex(stderr, new RegExp(`The ${what} '\\S+' holds bytes that are not UTF-8`));
	}
	const line = runBeside(t, '"$shell" -q -c "$uri" "new x; mount add host-bind:/mnt=$real"');
	t.is(line.status, 2);
	t.regex(line.stderr, /The command line holds bytes that are not UTF-8/);
	t.like(runBeside(t, 'HOME=$base XDG_STATE_HOME=$real XDG_CONFIG_HOME=$real "$shell" -q -c "$uri" "new x; profile save broken-name x" </dev/null; ls'), {
		stdout: 'bin\nf\n',
	});
});
