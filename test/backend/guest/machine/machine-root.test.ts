import test from 'ava';
import {planMachineRoot} from '../../../../src/backend/guest/machine/machine-root.ts';
import {readMountTable} from '../../../../src/backend/host/mount-table.ts';
import {defaultSpec} from '../../../../src/spec/default-spec.ts';
import {parseMount} from '../../../../src/spec/parse-mount.ts';

test('each overlay without an upper directory has a memory of its own, also where their places differ by a slash alone', (t) => {
	const mounts = ['overlay:/usr/lib=/usr/lib', 'overlay:/usr-lib=/usr/lib', 'overlay:/opt=/usr,upper=/var'].map((text) => parseMount(text, '/'));
	const account = {uid: 0, gid: 0, groups: []};
	const {script} = planMachineRoot({...defaultSpec, mounts}, readMountTable(), {account, temporary: () => '/var/tmp/x'});
	const lines = script.replaceAll("'", '').match(/^\t(?:overlay|ram \/upper\/).*$/gm);
	t.deepEqual(lines, [
		'\tram /upper/0 0 755 0 0',
		'\toverlay /s/root/usr/lib /upper/0 /newroot/usr-lib rw',
		'\toverlay /s/root/usr /s/share1 /newroot/opt rw',
		'\tram /upper/2 0 755 0 0',
		'\toverlay /s/root/usr/lib /upper/2 /newroot/usr/lib rw',
	]);
});
