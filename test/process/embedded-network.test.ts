import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {runAlone} from '../helpers/run-alone.ts';

testWithLibvirtd('on the libvirtd of our own a sandbox that wants the default network starts it', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'own-network-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const script = `
		uri='lxc:///system?socket=/run/virt-sandbox/libvirtd/sock/libvirt-sock'
		sandbox -N dhcp -- sh -c 'ip -4 -o address show dev eth0 | grep -o "inet 192.168.[0-9]*" && cat /etc/resolv.conf'
		sandbox -N dhcp -- true && echo again
		virsh -q -c "$uri" net-list --name
		virsh -q -c "$uri" net-destroy default >/dev/null
		shell networks start default && virsh -q -c "$uri" net-list --name
		virsh -q -c "$uri" net-destroy default >/dev/null`;
	const {status, stdout, stderr} = runAlone(script, {directory});
	t.is(stderr, '');
	const [, subnet] = /^inet 192\.168\.(\d+)$/m.exec(stdout) ?? [];
	t.is(stdout.trim().replaceAll(/\n+/g, '\n'), `inet 192.168.${subnet}\nnameserver 192.168.${subnet}.1\nagain\ndefault\ndefault`);
	t.is(status, 0);
});
