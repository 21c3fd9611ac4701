import {readFileSync} from 'node:fs';
import test from 'ava';
import {planLabels} from '../../../src/backend/labels/plan-labels.ts';
import {settleLabels, type LabelSource, type LabelWorld, type Labels} from '../../../src/backend/labels/settle-labels.ts';
import {startLabels} from '../../../src/backend/labels/start-labels.ts';
import {writeXml} from '../../../src/backend/xml/write-xml.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';
import {parseMount} from '../../../src/spec/parse/parse-mount.ts';
import {parseSecurity} from '../../../src/spec/parse/parse-security.ts';
import type {SandboxSpec} from '../../../src/spec/types.ts';

const base = 'system_u:system_r:container_t:s0';
const file = 'system_u:object_r:container_file_t:s0';

interface Setting {
	readonly host?: string;
	readonly security?: string;
	readonly mounts?: readonly string[];
	readonly accept?: boolean;
	readonly permissive?: boolean;
	/** What runs, by name: its label. */
	readonly running?: Readonly<Record<string, string>>;
	/** What the policy makes of a context; undefined: it has none such. */
	readonly canonical?: Readonly<Record<string, string | undefined>>;
	readonly random?: readonly number[];
	readonly domainType?: string;
}

function specOf({security, mounts = []}: Setting): SandboxSpec {
	return {
		...defaultSpec,
		security: security === undefined ? defaultSpec.security : parseSecurity(security),
		mounts: mounts.map((text) => parseMount(text, '/')),
	};
}

async function settle(setting: Setting): Promise<Labels> {
	const {host = 'lxc-selinux', accept, permissive = false, running = {}, canonical = {}, random = [5, 3], domainType = 'lxc'} = setting;
	const numbers = [...random];
	const source: LabelSource = {
		getCapabilities: () => Promise.resolve(readFileSync(`test/fixtures/capabilities/${host}.xml`, 'utf8')),
		listAllDomains: () => Promise.resolve(Object.keys(running).map((name, id) => ({name, uuid: '', id}))),
		getSecurityLabels: () => Promise.resolve([]),
		getSecurityLabel: ({name}) => Promise.resolve({label: running[name] ?? '', enforcing: true}),
	};
	const world: LabelWorld = {
		labels: {selinux: host.includes('selinux'), apparmor: host.includes('apparmor')},
		ownLabel: () => 'unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023',
		fileLabel: (type) => (type === 'lxc' ? file : 'system_u:object_r:svirt_image_t:s0'),
		canonical: (context) => {
			const known = Object.hasOwn(canonical, context) ? canonical[context] : context;
			return {known: known !== undefined, context: known ?? context};
		},
		permissive: () => permissive,
		random: () => numbers.shift() ?? 0,
	};
	return settleLabels(specOf(setting), source, {domainType, isLocal: true, accept, world});
}

interface Settled {
	readonly xml: readonly string[];
	readonly expected?: Labels['expected'];
	readonly warnings?: readonly string[];
	readonly relabel?: Labels['relabel'];
}

const gives = test.macro({
	async exec(t, setting: Setting, {xml, expected, warnings = [], relabel = []}: Settled) {
		const labels = await settle(setting);
		t.deepEqual(
			{
				xml: labels.seclabels.map((seclabel) => writeXml(seclabel).replaceAll(/\n */g, '')),
				expected: labels.expected,
				warnings: labels.warnings.map(({code}) => code),
				relabel: labels.relabel,
			},
			{xml, expected, warnings, relabel},
		);
	},
	title: (_, setting) => `settles ${JSON.stringify(setting)}`,
});

const dynamic = [`<seclabel type='dynamic' model='selinux' relabel='yes'><baselabel>${base}</baselabel></seclabel>`];
const fixed = (label: string, relabel = 'no'): string[] => [`<seclabel type='static' model='selinux' relabel='${relabel}'><label>${label}</label></seclabel>`];
const expectLabel = (label: string): Labels['expected'] => ({model: 'selinux', label, type: 'container_t'});
const shared = (to: string, source = '/srv/x'): Labels['relabel'] => [{source, attribute: 'security.selinux', to}];

test(gives, {}, {xml: dynamic, expected: {model: 'selinux', type: 'container_t'}});
test(gives, {permissive: true}, {xml: dynamic, expected: {model: 'selinux', type: 'container_t'}});
test(gives, {security: 'dynamic', permissive: true}, {xml: dynamic, expected: {model: 'selinux', type: 'container_t'}, warnings: ['security-permissive']});
test(
	gives,
	{security: `static,label=${base}:c5,c2`, canonical: {[`${base}:c5,c2`]: `${base}:c2,c5`}},
	{xml: fixed(`${base}:c2,c5`), expected: expectLabel(`${base}:c2,c5`)},
);
test(
	gives,
	{security: `static,label=${base}:c5,c2`, running: {other: `${base}:c2,c5`, far: `${base}:c2,c6`}},
	{xml: fixed(`${base}:c5,c2`), expected: expectLabel(`${base}:c5,c2`), warnings: ['security-in-use']},
);
test(
	gives,
	{mounts: ['host-bind:/mnt=/srv/x,relabel=yes']},
	{
		xml: fixed(`${base}:c3,c5`),
		expected: expectLabel(`${base}:c3,c5`),
		relabel: shared(`${file}:c3,c5`),
	},
);
test(
	gives,
	{mounts: ['host-bind:/mnt=/srv/x,relabel=yes'], running: {other: `${base}:c3,c5`}, random: [5, 3, 7, 7, 9, 8]},
	{
		xml: fixed(`${base}:c8,c9`),
		expected: expectLabel(`${base}:c8,c9`),
		relabel: shared(`${file}:c8,c9`),
	},
);
test(
	gives,
	{
		security: `static,relabel=yes,label=${base}:c1,c2`,
		mounts: ['host-bind:/mnt=/srv/x', 'host-bind:/not=/srv/y,relabel=no', 'host-bind:/fresh=', 'ram:/ram=1M'],
	},
	{
		xml: fixed(`${base}:c1,c2`, 'yes'),
		expected: expectLabel(`${base}:c1,c2`),
		relabel: shared(`${file}:c1,c2`),
	},
);
test(
	gives,
	{security: 'dynamic,relabel=yes', mounts: ['host-bind:/mnt=/srv/x']},
	{
		xml: fixed(`${base}:c3,c5`),
		expected: expectLabel(`${base}:c3,c5`),
		relabel: shared(`${file}:c3,c5`),
	},
);
test(
	gives,
	{security: 'none', mounts: ['host-bind:/mnt=/srv/x,relabel=yes']},
	{
		xml: ["<seclabel type='none' model='selinux' relabel='no'/>"],
		warnings: ['security-none', 'security-relabel'],
	},
);
test(
	gives,
	{host: 'lxc-apparmor', mounts: ['host-bind:/mnt=/srv/x,relabel=yes']},
	{
		xml: ["<seclabel type='dynamic' model='apparmor' relabel='yes'/>"],
		expected: {model: 'apparmor'},
		warnings: ['security-relabel'],
	},
);
test(gives, {host: 'lxc-none'}, {xml: []});
test(gives, {host: 'lxc-none', security: 'dynamic'}, {xml: [], warnings: ['security-unavailable']});
test(gives, {host: 'lxc-none', mounts: ['host-bind:/mnt=/srv/x,relabel=yes']}, {xml: [], warnings: ['security-relabel']});
test(
	gives,
	{host: 'qemu-selinux-dac', domainType: 'kvm', security: 'static,model=dac,label=+107:+108', mounts: ['host-bind:/mnt=/srv/x,relabel=yes']},
	{
		xml: ["<seclabel type='static' model='dac' relabel='no'><label>+107:+108</label></seclabel>"],
		expected: {model: 'dac', label: '+107:+108'},
		relabel: [{source: '/srv/x', attribute: 'owner', to: '107:108'}],
	},
);
test(
	gives,
	{host: 'qemu-selinux-dac', domainType: 'qemu', mounts: ['host-bind:/mnt=/srv/x,relabel=yes']},
	{
		xml: fixed('system_u:system_r:svirt_tcg_t:s0:c3,c5'),
		expected: {model: 'selinux', label: 'system_u:system_r:svirt_tcg_t:s0:c3,c5', type: 'svirt_tcg_t'},
		relabel: shared('system_u:object_r:svirt_image_t:s0:c3,c5'),
	},
);

const refuses = test.macro({
	async exec(t, setting: Setting, code: string, message: string) {
		t.like(await t.throwsAsync(settle(setting)), {name: 'ShellError', code, message});
	},
	title: (_, setting) => `refuses ${JSON.stringify(setting)}`,
});
const unknown = 'system_u:system_r:no_such_t:s0:c1,c2';
test(refuses, {security: `static,label=${unknown}`, canonical: {[unknown]: undefined}}, 'refused', `This host's SELinux policy has no label '${unknown}'`);
test(refuses, {security: `dynamic,label=${unknown}`, canonical: {[unknown]: undefined}}, 'refused', `This host's SELinux policy has no label '${unknown}'`);
test(refuses, {security: 'inherit'}, 'refused', "The SELinux type 'unconfined_t' does not confine: a sandbox with it reaches everything");
test(refuses, {security: 'dynamic,label=a:b:spc_t:s0'}, 'refused', "The SELinux type 'spc_t' does not confine: a sandbox with it reaches everything");
test(refuses, {security: 'dynamic,model=apparmor'}, 'unavailable', "This host has no security model 'apparmor'");
test(refuses, {host: 'lxc-none', security: 'dynamic,model=selinux'}, 'unavailable', "This host has no security model 'selinux'");
test(
	refuses,
	{host: 'lxc-apparmor', security: 'static,label=mine'},
	'refused',
	"libvirt runs no container under an AppArmor profile that it did not make itself, such as 'mine'",
);

test('--accept takes a type that does not confine', async (t) => {
	const {warnings} = await settle({security: 'dynamic,label=a:b:spc_t:s0', accept: true});
	t.deepEqual(
		warnings.map(({code}) => code),
		['security-unconfined'],
	);
});

test('a start without -s on a host without labels asks libvirt nothing', (t) => {
	const asks = (setting: Setting): boolean =>
		startLabels(specOf(setting), {uri: 'lxc:///system', domainType: 'lxc', isLocal: true, accept: false, host: {selinux: false, apparmor: false}}).asks;
	t.deepEqual([{}, {mounts: ['host-bind:/mnt=/srv/x']}, {mounts: ['host-bind:/mnt=/srv/x,relabel=yes']}, {security: 'none'}].map(asks), [
		false,
		false,
		true,
		true,
	]);
});

test('a look at the XML starts no daemon, and says what it does not know', async (t) => {
	const look = (setting: Setting): ReturnType<typeof planLabels> =>
		planLabels(specOf(setting), 'lxc:///system?socket=/no/such/socket', {
			domainType: 'lxc',
			isLocal: true,
			host: {selinux: true, apparmor: false},
			placeOf: (source) => source,
		});
	t.deepEqual(await look({}), {labels: {seclabels: [], expected: undefined, warnings: [], relabel: []}, notices: []});
	t.deepEqual(
		(await look({security: 'dynamic'})).notices.map(({level, code}) => [level, code]),
		[['warning', 'security-unknown']],
	);
});
