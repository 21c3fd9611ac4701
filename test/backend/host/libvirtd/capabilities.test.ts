import {readFileSync} from 'node:fs';
import test from 'ava';
import {parseCapabilities, type Capabilities} from '../../../../src/backend/host/libvirtd/capabilities.ts';

const reads = test.macro({
	exec: (t, name: string, capabilities: Capabilities) =>
		t.deepEqual(parseCapabilities(readFileSync(`test/fixtures/capabilities/${name}.xml`, 'utf8')), capabilities),
	title: (_, name) => `reads the capabilities ${name}`,
});
test(reads, 'lxc-selinux', {
	securityModels: [{model: 'selinux', baseLabels: {lxc: 'system_u:system_r:container_t:s0'}}],
	domainTypes: ['lxc'],
});
test(reads, 'lxc-apparmor', {securityModels: [{model: 'apparmor', baseLabels: {}}], domainTypes: ['lxc']});
test(reads, 'lxc-none', {securityModels: [], domainTypes: ['lxc']});
test(reads, 'qemu-selinux-dac', {
	securityModels: [
		{model: 'selinux', baseLabels: {kvm: 'system_u:system_r:svirt_t:s0', qemu: 'system_u:system_r:svirt_tcg_t:s0'}},
		{model: 'dac', baseLabels: {kvm: '+64055:+64055', qemu: '+64055:+64055'}},
	],
	domainTypes: ['qemu', 'kvm'],
});

test('reads references, and nothing out of comments', (t) => {
	const xml = `<capabilities><host><!-- <secmodel><model>dac</model></secmodel> --><secmodel><model>selinux</model><doi>0</doi><baselabel type="lxc">a&amp;lt;&#x62;</baselabel></secmodel></host></capabilities>`;
	t.deepEqual(parseCapabilities(xml), {securityModels: [{model: 'selinux', baseLabels: {lxc: 'a&lt;b'}}], domainTypes: []});
});

test('refuses what is no capabilities document', (t) => {
	t.throws(() => parseCapabilities('<domain/>'), {name: 'ShellError', message: 'The daemon gave something other than its capabilities'});
});
