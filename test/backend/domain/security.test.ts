import {readFileSync} from 'node:fs';
import test from 'ava';
import {resolveSecurity} from '../../../src/backend/domain/security.ts';
import {writeXml} from '../../../src/backend/xml/write-xml.ts';
import {parseCapabilities} from '../../../src/backend/host/libvirtd/capabilities.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';
import {parseSecurity} from '../../../src/spec/parse/parse-security.ts';

interface HostOptions {
	readonly accept?: boolean;
	readonly callerLabel?: string;
	readonly domainType?: string;
}

function resolve(capabilities: string, option: string, options: HostOptions = {}): ReturnType<typeof resolveSecurity> {
	return resolveSecurity(option === '' ? defaultSpec.security : parseSecurity(option), {
		capabilities: parseCapabilities(readFileSync(`test/fixtures/capabilities/${capabilities}.xml`, 'utf8')),
		domainType: options.domainType ?? 'lxc',
		callerLabel: options.callerLabel,
		accept: options.accept,
	});
}

const gives = test.macro({
	exec(t, capabilities: string, option: string, xml: string[], warnings: string[], options: HostOptions = {}) {
		const resolved = resolve(capabilities, option, options);
		t.deepEqual(
			resolved.seclabels.map((label) => writeXml(label).replaceAll(/\n */g, '')),
			xml,
		);
		t.deepEqual(
			resolved.warnings.map((warning) => warning.code),
			warnings,
		);
	},
	title: (_, capabilities, option, __, ___, options) =>
		`on ${capabilities}, ${option === '' ? 'no choice' : `'${option}'`} ${JSON.stringify(options ?? {})} gives its label`,
});

const dynamic = (base: string): string[] => [`<seclabel type='dynamic' model='selinux' relabel='yes'><baselabel>${base}</baselabel></seclabel>`];
const fixed = (label: string, model = 'selinux', relabel = 'no'): string[] => [
	`<seclabel type='static' model='${model}' relabel='${relabel}'><label>${label}</label></seclabel>`,
];
const own = 'system_u:system_r:container_t:s0';

test(gives, 'lxc-selinux', '', dynamic(own), []);
test(gives, 'lxc-selinux', 'dynamic', dynamic(own), []);
test(gives, 'lxc-selinux', 'dynamic,model=selinux,relabel=yes', dynamic(own), []);
test(gives, 'lxc-selinux', `dynamic,label=${own}`, dynamic(own), []);
test(gives, 'lxc-selinux', 'dynamic,label=system_u:system_r:svirt_lxc_net_t:s0', dynamic('system_u:system_r:svirt_lxc_net_t:s0'), ['security-type']);
test(gives, 'lxc-selinux', 'dynamic,label=system_u:system_r:spc_t:s0', dynamic('system_u:system_r:spc_t:s0'), ['security-unconfined'], {accept: true});
test(gives, 'lxc-selinux', `static,label=${own}:c1,c2`, fixed(`${own}:c1,c2`), []);
test(gives, 'lxc-selinux', `static,label=${own}`, fixed(own), ['security-shared']);
test(gives, 'lxc-selinux', `static,label=${own}:c0.c1023`, fixed(`${own}:c0.c1023`), ['security-shared']);
test(gives, 'lxc-selinux', `static,relabel=yes,label=${own}:c1,c2`, fixed(`${own}:c1,c2`, 'selinux', 'yes'), []);
test(gives, 'lxc-selinux', 'static,label=u:r:httpd_t:s0-s0:c1,c2', fixed('u:r:httpd_t:s0-s0:c1,c2'), ['security-type']);
test(gives, 'lxc-selinux', 'inherit', fixed('u:r:container_t:s0:c7,c8'), [], {callerLabel: 'u:r:container_t:s0:c7,c8'});
test(gives, 'lxc-selinux', 'inherit', fixed('u:r:unconfined_t:s0-s0:c0.c1023'), ['security-unconfined', 'security-shared'], {
	callerLabel: 'u:r:unconfined_t:s0-s0:c0.c1023',
	accept: true,
});
test(gives, 'lxc-selinux', 'none', ["<seclabel type='none' model='selinux' relabel='no'/>"], ['security-none']);

const apparmor = ["<seclabel type='dynamic' model='apparmor' relabel='yes'/>"];
test(gives, 'lxc-apparmor', '', apparmor, []);
test(gives, 'lxc-apparmor', 'dynamic', apparmor, []);
test(gives, 'lxc-apparmor', 'static,label=my-profile', fixed('my-profile', 'apparmor'), ['security-apparmor-static']);
test(gives, 'lxc-apparmor', 'inherit', fixed('my-profile', 'apparmor'), ['security-apparmor-static'], {callerLabel: 'my-profile'});
test(gives, 'lxc-apparmor', 'none', ["<seclabel type='none' model='apparmor' relabel='no'/>"], ['security-none']);

for (const domainType of ['kvm', 'qemu'] as const) {
	test(gives, 'qemu-apparmor-dac', '', apparmor, [], {domainType});
	test(gives, 'qemu-apparmor-dac', 'dynamic', apparmor, [], {domainType});
}
test(gives, 'qemu-apparmor-dac', 'static,label=my-profile', fixed('my-profile', 'apparmor'), ['security-apparmor-static'], {domainType: 'kvm'});
test(gives, 'qemu-apparmor-dac', 'static,model=dac,label=+1000:+1000', fixed('+1000:+1000', 'dac'), [], {domainType: 'kvm'});
const neither = ['apparmor', 'dac'].map((model) => `<seclabel type='none' model='${model}' relabel='no'/>`);
test(gives, 'qemu-apparmor-dac', 'none', neither, ['security-none'], {domainType: 'kvm'});

test(gives, 'lxc-none', '', [], []);
test(gives, 'lxc-none', 'dynamic', [], ['security-unavailable']);
test(gives, 'lxc-none', 'inherit', [], ['security-unavailable']);
test(gives, 'lxc-none', 'none', [], []);

test(gives, 'qemu-selinux-dac', '', dynamic('system_u:system_r:svirt_t:s0'), [], {domainType: 'kvm'});
test(gives, 'qemu-selinux-dac', '', dynamic('system_u:system_r:svirt_tcg_t:s0'), [], {domainType: 'qemu'});
test(gives, 'qemu-selinux-dac', 'static,model=dac,label=+1000:+1000', fixed('+1000:+1000', 'dac'), [], {domainType: 'kvm'});
test(gives, 'qemu-selinux-dac', 'static,model=dac,relabel=yes,label=me:users', fixed('me:users', 'dac', 'yes'), [], {domainType: 'kvm'});
test(
	gives,
	'qemu-selinux-dac',
	'none',
	["<seclabel type='none' model='selinux' relabel='no'/>", "<seclabel type='none' model='dac' relabel='no'/>"],
	['security-none'],
	{domainType: 'kvm'},
);

const refuses = test.macro({
	exec(t, capabilities: string, option: string, code: string, message: string, options: HostOptions = {}) {
		t.like(
			t.throws(() => resolve(capabilities, option, options)),
			{name: 'ShellError', code, message},
		);
	},
	title: (_, capabilities, option, __, ___, options) => `on ${capabilities}, refuses '${option}' ${JSON.stringify(options ?? {})}`,
});
test(refuses, 'lxc-selinux', 'dynamic,model=apparmor', 'unavailable', "This host has no security model 'apparmor'");
test(refuses, 'lxc-selinux', 'static,model=dac,label=+1:+1', 'unavailable', "This host has no security model 'dac'");
test(refuses, 'lxc-none', `static,label=${own}`, 'unavailable', `This host has no security model for the label '${own}'`);
test(refuses, 'lxc-none', `dynamic,label=${own}`, 'unavailable', `This host has no security model for the label '${own}'`);
test(refuses, 'lxc-none', 'dynamic,model=selinux', 'unavailable', "This host has no security model 'selinux'");
test(
	refuses,
	'lxc-selinux',
	'dynamic,label=system_u:system_r:spc_t:s0',
	'refused',
	"The SELinux type 'spc_t' does not confine: a sandbox with it reaches everything",
);
test(
	refuses,
	'lxc-selinux',
	'static,label=u:r:unconfined_t:s0:c1,c2',
	'refused',
	"The SELinux type 'unconfined_t' does not confine: a sandbox with it reaches everything",
);
test(refuses, 'lxc-selinux', 'inherit', 'refused', "The SELinux type 'virtd_t' does not confine: a sandbox with it reaches everything", {
	callerLabel: 'u:r:virtd_t:s0',
});
test(refuses, 'lxc-selinux', 'inherit', 'unavailable', 'This process has no selinux label that a sandbox could inherit');
test(refuses, 'lxc-selinux', 'dynamic,label=container_t', 'usage', "'container_t' is not an SELinux label");
test(refuses, 'lxc-selinux', 'static,label=u:r:container_t', 'usage', "'u:r:container_t' is not an SELinux label");
test(refuses, 'lxc-selinux', 'dynamic,relabel=no', 'usage', 'A dynamic security label needs relabel=yes');
test(refuses, 'lxc-apparmor', 'dynamic,label=x', 'usage', 'apparmor makes dynamic labels by itself and takes no label for them');
test(refuses, 'lxc-apparmor', 'static,label=unconfined', 'refused', "The AppArmor profile 'unconfined' does not confine");
test(refuses, 'qemu-selinux-dac', 'static,model=dac,label=a b', 'usage', "'a b' is not a dac label", {domainType: 'kvm'});
test(refuses, 'qemu-selinux-dac', '', 'unavailable', "libvirt gives no SELinux base label for domains of type 'lxc'");

test('says what the running sandbox must report', (t) => {
	t.deepEqual(resolve('lxc-selinux', '').expected, {model: 'selinux', type: 'container_t'});
	t.deepEqual(resolve('lxc-selinux', `static,label=${own}:c1,c2`).expected, {model: 'selinux', label: `${own}:c1,c2`, type: 'container_t'});
	t.deepEqual(resolve('lxc-apparmor', '').expected, {model: 'apparmor'});
	t.is(resolve('lxc-selinux', 'none').expected, undefined);
	t.is(resolve('lxc-none', '').expected, undefined);
});

test('each label names the option that it comes from', (t) => {
	t.deepEqual(resolve('lxc-selinux', 'none').seclabels[0]?.cause, {kind: 'option', text: 'security none'});
	t.deepEqual(resolve('lxc-selinux', '').seclabels[0]?.cause, {kind: 'default', text: 'default: a label of its own where the host has labels'});
});
