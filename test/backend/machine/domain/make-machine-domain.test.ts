import {readFileSync} from 'node:fs';
import test from 'ava';
import {kernelCommandLine} from '../../../../src/backend/machine/domain/command-line.ts';
import type {MachineDisk, MachineLayout} from '../../../../src/backend/machine/domain/layout.ts';
import {machineDiskName, makeMachineDomain} from '../../../../src/backend/machine/domain/make-machine-domain.ts';
import {resolveSecurity} from '../../../../src/backend/domain/security.ts';
import {parseCapabilities} from '../../../../src/backend/host/libvirtd/capabilities.ts';
import type {Cause} from '../../../../src/backend/xml/element.ts';
import {writeXml, writeXmlLines} from '../../../../src/backend/xml/write-xml.ts';
import {defaultSpec} from '../../../../src/spec/default-spec.ts';
import {parseNetwork} from '../../../../src/spec/parse/parse-network.ts';
import {parseSecurity} from '../../../../src/spec/parse/parse-security.ts';
import type {SandboxSpec} from '../../../../src/spec/types.ts';
import {isGolden, validateDomain} from '../../../helpers/validate-domain.ts';

const cause: Cause = {kind: 'backend', text: 'a test'};
const state = '/run/virt-sandbox/0a1b2c3d';

function layoutOf(spec: SandboxSpec, changes: Partial<MachineLayout> = {}): MachineLayout {
	return {
		name: spec.name ?? 'sandbox-1',
		domainType: 'qemu',
		accelCause: {kind: 'backend', text: 'a machine of libvirt, emulated: asked for'},
		arch: 'x86_64',
		kernel: '/boot/vmlinuz-6.12',
		kernelCause: {kind: 'default', text: "default: the host's own"},
		initrd: `${state}/initrd`,
		commandLine: kernelCommandLine(),
		isSession: false,
		canTune: true,
		shares: [],
		tree: {tag: 'root', socket: `${state}/io/boot-tree`, cause},
		disks: [],
		lendsImages: false,
		channels: ['ctl', '0.in', '0.out', '0.err'].map((name) => ({name: `sandbox.${name}`, socket: `${state}/io/${name}`, cause})),
		bootLog: `${state}/io/boot*`,
		userNetwork: undefined,
		metadata: {spec, id: '0a1b2c3d', stateDirectory: state, owner: {pid: 4711, startTime: '123456'}, namespace: 'pid:[4026531836]'},
		...changes,
	};
}

const full: SandboxSpec = {
	...defaultSpec,
	name: 'web <&> ü',
	command: ['sh', '-c', 'echo "$A" \u0001'],
	tty: true,
	environment: {SECRET: 'hunter2'},
	networks: [
		parseNetwork('dhcp,isolated'),
		parseNetwork('source=isolated,mac=52:54:00:00:00:01,address=10.0.0.2/24,filter=clean-traffic,filter.IP=10.0.0.2'),
	],
	limits: {memoryKiB: 1048576, swapKiB: undefined, vcpus: 2, cpuShares: 512, cpuQuotaPercent: 150, ioWeight: 200, pids: undefined, timeoutMs: undefined},
};
const fullLayout = layoutOf(full, {
	uuid: 'c7a5fdbd-edaf-4455-926a-d65c16db1809',
	domainType: 'kvm',
	accelCause: {kind: 'backend', text: 'a machine of libvirt, with KVM: it has worked here'},
	firmware: '/usr/share/qemu/qboot.rom',
	lendsImages: true,
	disks: [
		{serial: 'image-0', isBlock: false, source: '/srv/disk.img', format: 'raw', chain: false, readonly: true, cause},
		{serial: 'data', isBlock: false, source: '/srv/b.qcow2', format: 'qcow2', chain: false, readonly: false, cause},
	],
	channels: ['ctl', 'c2'].map((name) => ({name: `sandbox.${name}`, socket: `${state}/io/${name}`, cause})),
	seclabels: resolveSecurity(parseSecurity('dynamic'), {
		capabilities: parseCapabilities(readFileSync('test/fixtures/capabilities/qemu-selinux-dac.xml', 'utf8')),
		domainType: 'kvm',
	}).seclabels,
});
const session: SandboxSpec = {
	...defaultSpec,
	// A libvirtd of an ordinary user's refuses them.
	limits: {...defaultSpec.limits, cpuQuotaPercent: 50, cpuShares: 512, ioWeight: 200},
	networks: [parseNetwork('mac=52:54:00:00:00:01,forward=8080:80,forward=0.0.0.0:53/udp'), parseNetwork('source=default')],
};
const sessionLayout = layoutOf(session, {
	tree: undefined,
	// More than one slot holds.
	shares: Array.from({length: 9}, (_, index) => ({tag: `share${index}`, source: index === 8 ? '/srv/a b,\'c"' : `/usr${index}`, readonly: index < 8, cause})),
	isSession: true,
	canTune: false,
	userNetwork: 'passt',
});

const becomes = test.macro({
	exec: (t, spec: SandboxSpec, layout: MachineLayout, name: string) => isGolden(t, writeXml(makeMachineDomain(spec, layout)), name),
	title: (_, __, ___, name) => `makes the domain ${name}, which passes the schema`,
});
test(becomes, defaultSpec, layoutOf(defaultSpec), 'machine-default');
test(becomes, full, fullLayout, 'machine-full');
test(becomes, session, sessionLayout, 'machine-session');

const labelled = test.macro({
	exec(t, capabilities: string, option: string) {
		const {seclabels} = resolveSecurity(parseSecurity(option), {
			capabilities: parseCapabilities(readFileSync(`test/fixtures/capabilities/${capabilities}.xml`, 'utf8')),
			domainType: 'qemu',
			callerLabel: 'u:r:svirt_tcg_t:s0:c7,c8',
		});
		validateDomain(t, writeXml(makeMachineDomain(defaultSpec, layoutOf(defaultSpec, {seclabels}))));
	},
	title: (_, capabilities, option) => `a domain with '${option}' on ${capabilities} passes the schema`,
});
for (const option of [
	'dynamic',
	'dynamic,label=u:r:svirt_tcg_t:s0',
	'static,label=u:r:svirt_tcg_t:s0:c1,c2',
	'static,relabel=yes,label=u:r:svirt_tcg_t:s0:c1,c2',
	'static,model=dac,label=+1000:+1000',
	'inherit',
	'none',
]) {
	test(labelled, 'qemu-selinux-dac', option);
}
for (const option of ['dynamic', 'static,label=profile', 'static,model=dac,label=+1000:+1000', 'inherit', 'none']) {
	test(labelled, 'qemu-apparmor-dac', option);
}

test('only an image that may refer to other files is left to be looked into for a backing file', (t) => {
	const disk = {serial: 'a', isBlock: false, source: '/a.qcow2', format: 'qcow2', readonly: false, cause} as const;
	const xml = (chain: boolean): string => writeXml(makeMachineDomain(defaultSpec, layoutOf(defaultSpec, {disks: [{...disk, chain}]})));
	t.is(xml(true), xml(false).replace('      <backingStore/>\n', ''));
	t.regex(xml(false), /<backingStore\/>/);
	validateDomain(t, xml(true));
});

test('libvirt gives no image away by its name where we do, but for one that may lead to files that it alone finds', (t) => {
	const disk = {serial: 'a', isBlock: false, source: '/a', format: 'qcow2', chain: false, readonly: false, cause} as const;
	const gives = (lendsImages: boolean, changes: Partial<MachineDisk> = {}): boolean =>
		!writeXml(makeMachineDomain(defaultSpec, layoutOf(defaultSpec, {lendsImages, disks: [{...disk, ...changes}]}))).includes(
			`<seclabel model='dac' relabel='no'/>`,
		);
	t.deepEqual([gives(false), gives(true), gives(true, {chain: true}), gives(true, {chain: true, format: 'raw'})], [true, false, true, false]);
});

test('every line of a domain has a cause', (t) => {
	for (const [spec, layout] of [
		[full, fullLayout],
		[session, sessionLayout],
	] as const) {
		t.deepEqual(
			writeXmlLines(makeMachineDomain(spec, layout)).filter((line) => line.cause === undefined),
			[],
		);
	}
});

test('disks are vda to vdz, then vdaa', (t) => {
	t.deepEqual([0, 1, 25, 26, 51, 52, 702].map(machineDiskName), ['vda', 'vdb', 'vdz', 'vdaa', 'vdaz', 'vdba', 'vdaaa']);
});

test('nothing on the command line weakens the guest', (t) => {
	t.notRegex(kernelCommandLine(), /mitigations|nokaslr|init_on_alloc|selinux=0|apparmor=0/);
});

test('only a single emulated CPU does without its own timer', (t) => {
	t.regex(kernelCommandLine({isSingleEmulated: true}), / nolapic_timer /);
	t.notRegex(kernelCommandLine({isSingleEmulated: false}), /lapic/);
});
