import test from 'ava';
import {explainLibvirtError, isNameTaken} from '../../../../src/backend/host/libvirtd/explain-libvirt-error.ts';
import {LibvirtError} from '../../../../src/backend/libvirt/index.ts';

for (const text of [
	`internal error: QEMU unexpectedly closed the monitor (vm='sandbox-1'): 2026-11-28T13:00:00Z qemu-system-x86_64: -blockdev {"driver":"file","filename":"/root/d.img"}: Could not open '/root/d.img': Permission denied`,
	"Cannot access storage file '/root/d.img' (as uid:64055, gid:64055): Permission denied",
]) {
	test(`an image that QEMU's user cannot reach is told as such: ${text.slice(0, 40)}`, (t) => {
		const error = explainLibvirtError(new LibvirtError({code: 1, domain: 10, level: 2, text, procedure: 'DOMAIN_CREATE_XML'}), 'qemu:///system');
		t.like(error, {message: 'QEMU cannot open the image /root/d.img: Permission denied'});
	});
}

for (const reason of ['Read-only file system', 'Operation not permitted']) {
	test(`a raw image that libvirt cannot open for writing is told as such: ${reason}`, (t) => {
		const text = `internal error: guest failed to start: Failure in libvirt_lxc startup: Unable to open /mnt/a b.img: ${reason}`;
		const error = explainLibvirtError(new LibvirtError({code: 1, domain: 10, level: 2, text, procedure: 'DOMAIN_CREATE_XML'}), 'lxc:///system');
		t.like(error, {
			message: `libvirt cannot open the image /mnt/a b.img for writing: ${reason}`,
			hint: 'It opens a raw image of a container so even if that is `ro`: give it to a machine with `ro` (--backend machine), or use a copy elsewhere',
		});
	});
}

test('a name counts as taken as long as the process of the one before has its pid file', (t) => {
	const says = (text: string): boolean => isNameTaken(new LibvirtError({code: 38, domain: 47, level: 2, text, procedure: 'DOMAIN_CREATE_XML'}));
	t.true(says("Failed to acquire pid file '/run/libvirt/lxc/sandbox-1.pid': Resource temporarily unavailable"));
	t.false(says('Failed to acquire a lease'));
});
