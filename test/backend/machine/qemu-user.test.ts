import test from 'ava';
import type {Caller} from '../../../src/backend/host/caller.ts';
import {qemuUser, requireService} from '../../../src/backend/machine/qemu-user.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';
import type {Security} from '../../../src/spec/types.ts';

const caller: Caller = {uid: 0, gid: 0, groups: [], cwd: '/', environment: {}, pid: 1};
const capabilities = `<capabilities><host><secmodel><model>dac</model><doi>0</doi>
	<baselabel type='kvm'>+64055:+109</baselabel><baselabel type='qemu'>+64055:+110</baselabel></secmodel></host></capabilities>`;
const labelled = (label: string, model: Security['model'] = 'dac'): Security => ({mode: 'static', model, label, relabel: undefined});

function userOf(security: Security, given = capabilities): {readonly uid: number; readonly gid: number} {
	return qemuUser({...defaultSpec, security}, given, 'qemu', caller);
}

test("QEMU runs as the user that libvirt's capabilities name for the type of its domain, else as root", (t) => {
	t.deepEqual(userOf(defaultSpec.security), {uid: 64_055, gid: 110});
	t.deepEqual(userOf(defaultSpec.security, '<capabilities><host/></capabilities>'), {uid: 0, gid: 0});
});

test('a static label of the driver dac names another user, by numbers or by name, root too', (t) => {
	t.deepEqual(userOf(labelled('+77:+88')), {uid: 77, gid: 88});
	t.deepEqual(userOf(labelled('root:root')), {uid: 0, gid: 0});
	t.deepEqual(userOf(labelled('system_u:system_r:svirt_t:s0', 'selinux')), {uid: 64_055, gid: 110});
});

test("root's machine is refused where QEMU runs as a person, and given to nobody but services", (t) => {
	const passwd = `alice:x:1000:1000::/home/alice:/bin/bash
qemu:x:107:107::/:/sbin/nologin
libvirt-qemu:x:64055:109::/var/lib/libvirt:/bin/false
build:x:998:998::/srv:/bin/sh`;
	const files = {passwd, group: ''};
	const root = {uid: 0};
	for (const uid of [0, 107, 64_055, 500, 65_534]) t.notThrows(() => requireService({uid}, root, files), String(uid));
	for (const [uid, who] of [
		[1000, 'alice'],
		[998, 'build'],
		[1001, '1001'],
		[60_100, '60100'],
		[64_000, '64000'],
		[200_000, '200000'],
	] as const) {
		t.throws(() => requireService({uid}, root, files), {
			code: 'refused',
			message: `QEMU would run as ${who}, who could then see what root's machine sees of this host`,
		});
	}
	t.notThrows(() => requireService({uid: 1000}, {uid: 1000}, files));
});
