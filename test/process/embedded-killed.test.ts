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
			shell -q list
		}
		killed &
		shell -q --keep-going 'new one -- sleep 2; start; wait; new two -- true; start; wait; echo second ran'`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	const ownStarted = /warning: No libvirtd runs on this host: one of our own was started.*\n/.source;
	const stillRuns = "error: The libvirtd of our own has ended, and sandboxes of it still run\n +hint: 'connect' starts it again, and then it knows them.\n";
	t.regex(stderr, new RegExp(`^${ownStarted}${stillRuns}${ownStarted}$`));
	t.regex(stdout, /second ran\n$/);
	t.is(status, 0);
});
