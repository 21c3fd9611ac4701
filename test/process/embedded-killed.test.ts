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
			until [ -e ${directory}/begun ]; do sleep 0.1; done
			kill -9 $(cat $own/libvirtd.pid)
			shell -q list
			: >${directory}/go
		}
		killed &
		shell -q --keep-going 'new one -- sh -c ": >/d/begun; until [ -e /d/go ]; do sleep 0.1; done"; mount host-bind:/d=${directory}; start; wait; new two -- true; start; wait; echo second ran'`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	const ownStarted = /warning: No libvirtd runs on this host: one of our own was started.*\n/.source;
	const stillRuns = "error: The libvirtd of our own has ended, and sandboxes of it still run\n +hint: 'connect' starts it again, and then it knows them.\n";
	t.regex(stderr, new RegExp(`^${ownStarted}${stillRuns}${ownStarted}$`));
	t.regex(stdout, /second ran\n$/);
	t.is(status, 0);
});
