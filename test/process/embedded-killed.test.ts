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
			until grep -qs 'first runs' told; do sleep 0.1; done
			kill -9 $(cat $own/libvirtd.pid)
			shell -q list
			: >${directory}/go
		}
		killed &
		shell -q --keep-going 'new one -- sh -c "until [ -e /d/go ]; do sleep 0.1; done"; mount host-bind:/d=${directory}; start; echo first runs; wait; new two -- true; start; wait; echo second ran' >told &&
			tail -n 1 told`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	const ownStarted = /warning: No libvirtd runs on this host: one of our own was started.*\n/.source;
	const stillRuns = "error: The libvirtd of our own has ended, and sandboxes of it still run\n +hint: 'connect' starts it again, and then it knows them.\n";
	t.regex(stderr, new RegExp(`^${ownStarted}${stillRuns}${ownStarted}$`));
	t.is(stdout, 'second ran\n');
	t.is(status, 0);
});

testWithLibvirtd('a kept container whose keeper was killed with the libvirtd of our own is run on in, ended, waited for and put away all the same', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'own-killed-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const script = `
		keep() { name=$1; shift; sandbox --keep -n $name -m host-bind:/d=${directory} -- "$@"; kill_both $name; }
		owner() { shell -q "info $1" | sed -n 's/^Owner pid: *//p'; }
		kill_both() {
			keeper=$(owner $1)
			kill -9 $(cat /run/virt-sandbox/libvirtd/libvirtd.pid) $keeper
			while [ -e /proc/$keeper/exe ]; do sleep 0.1; done
		}
		until_there='until [ -e /d/go ]; do sleep 0.1; done; rm /d/go'
		keep one sleep 600
		sandbox --exec one -- echo more
		kill_both one
		shell -q 'stop one' && echo stopped
		keep two sleep 600
		shell -q 'destroy two' && echo destroyed
		keep three sh -c "$until_there"
		shell -q 'wait three' | grep Name &
		while [ "$(owner three 2>/dev/null)" = "$keeper" ] || [ -z "$(owner three 2>/dev/null)" ]; do sleep 0.1; done
		: >go
		wait
		keep four sh -c "$until_there"
		sandbox --clean | sed 's/ (.*//'
		kill -9 $(cat /run/virt-sandbox/libvirtd/libvirtd.pid)
		: >go
		while [ -e go ]; do sleep 0.1; done
		until sandbox --clean | grep '^removed' | sed 's/ (.*//' | grep .; do sleep 0.1; done
		ls /run/virt-sandbox`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	t.is(
		stdout.replaceAll('\n', ' ').replaceAll(/ +/g, ' '),
		'one more stopped two destroyed three Name: three four kept four removed four libvirtd libvirtd.lock ',
	);
	t.regex(stderr, /^warning: The process that kept 'three' was killed .*\n$/);
	t.is(status, 0);
});
