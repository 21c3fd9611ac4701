import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {runAlone} from '../helpers/run-alone.ts';

testWithLibvirtd('a session whose libvirtd of our own is killed starts another one for its next sandbox', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'own-killed-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const script = `
		own=/run/virt-sandbox/libvirtd
		killed() {
			until virsh -q -c "lxc:///system?socket=$own/sock/libvirt-sock" list --name 2>/dev/null | grep -q one; do sleep 0.1; done
			kill -9 $(cat $own/libvirtd.pid)
		}
		killed &
		shell -q --keep-going 'new one -- sleep 2; start; wait; new two -- true; start; wait; echo second ran'`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	t.regex(stderr, /^(?:warning: No libvirtd runs on this host: one of our own was started.*\n){2}$/);
	t.regex(stdout, /second ran\n$/);
	t.is(status, 0);
});
