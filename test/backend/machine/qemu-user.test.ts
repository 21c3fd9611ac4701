import test from 'ava';
import type {Caller} from '../../../src/backend/host/caller.ts';
import {qemuUser} from '../../../src/backend/machine/qemu-user.ts';
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
