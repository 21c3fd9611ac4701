import {mkdirSync} from 'node:fs';
import {writeOwnerRecord} from '../../src/backend/guest/state-directory.ts';
import {pidNamespace} from '../../src/backend/host/process-identity.ts';
import {startOwnLibvirtd, testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

const clean = (uri: string) => runProgram(programPath('virt-sandbox'), ['--clean', '-c', uri]);

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
	const path = '/run/virt-sandbox/0000aaaa';
	mkdirSync(path, {recursive: true});
	const [owner, uri] = [{pid: 999_999, startTime: '1'}, 'qemu+tls://no.such.host.invalid/system'];
	writeOwnerRecord(path, {owner, namespace: pidNamespace(), uri, name: 'gone', uuid: 'none', lifetime: 'keep', tty: false, temporary: []});
	t.like(await clean(testLibvirtd().uri), {status: 0, stdout: 'removed gone (0000aaaa)\n'});
});

testWithLibvirtd('--clean says that there is no libvirtd where one was named', async (t) => {
	for (const uri of ['lxc:///system?socket=/nonexistent/socket', 'qemu+ssh://no.such.host.invalid/system?no_tty=1']) {
		const {status, stdout, stderr} = await clean(uri);
		t.deepEqual({status, stdout}, {status: 125, stdout: `failed ${uri}\n`});
		t.regex(stderr, /^virt-sandbox: what .* left cannot be put away: /);
	}
	t.like(await runProgram(programPath('virt-sandbox'), ['--clean']), {status: 0});
});
