import test from 'ava';
import type {MachineDisk} from '../../../src/backend/machine/domain/layout.ts';
import {makeXenDomain, type XenLayout, type XenType} from '../../../src/backend/xen/domain/make-xen-domain.ts';
import {chooseType} from '../../../src/backend/xen/plan-start.ts';
import type {Cause} from '../../../src/backend/xml/element.ts';
import {writeXml} from '../../../src/backend/xml/write-xml.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';
import {parseNetwork} from '../../../src/spec/parse/parse-network.ts';
import type {SandboxSpec} from '../../../src/spec/types.ts';
import {isGolden} from '../../helpers/validate-domain.ts';

const cause: Cause = {kind: 'backend', text: 'a test'};
const state = '/run/virt-sandbox/0a1b2c3d';

function layoutOf(spec: SandboxSpec, type: XenType, changes: Partial<XenLayout> = {}): XenLayout {
	return {
		name: spec.name ?? 'sandbox-1',
		type,
		typeCause: cause,
		arch: 'x86_64',
		kernel: '/boot/vmlinuz-6.12',
		kernelCause: {kind: 'default', text: "default: the host's own"},
		initrd: `${state}/initrd`,
		tree: `${state}/tree.img`,
		disks: [],
		channels: ['ctl', '0.in', '0.out', '0.err'].map((name) => ({name: `sandbox.${name}`, socket: `${state}/io/${name}`, cause})),
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
	networks: [parseNetwork('dhcp'), parseNetwork('source=isolated,mac=52:54:00:00:00:01,address=10.0.0.2/24')],
	limits: {...defaultSpec.limits, memoryKiB: 1048576, vcpus: 2},
};
const disks: readonly MachineDisk[] = [
	{serial: 'image-0', isBlock: false, source: '/srv/a "b".img', format: 'raw', chain: false, readonly: true, cause},
	{serial: 'data', isBlock: true, source: '/dev/vg/data', format: 'qcow2', chain: false, readonly: false, cause},
	...Array.from({length: 26}, (_, index) => ({
		serial: `more-${index}`,
		isBlock: false,
		source: `/srv/${index}`,
		format: 'raw' as const,
		chain: false,
		readonly: true,
		cause,
	})),
];

const becomes = test.macro({
	exec: (t, spec: SandboxSpec, layout: XenLayout, name: string) => isGolden(t, writeXml(makeXenDomain(spec, layout)), name),
	title: (_, __, ___, name) => `makes the domain ${name}, which passes the schema`,
});
test(becomes, defaultSpec, layoutOf(defaultSpec, 'pv'), 'xen-pv');
test(becomes, full, layoutOf(full, 'pvh', {uuid: 'c7a5fdbd-edaf-4455-926a-d65c16db1809', disks}), 'xen-pvh');

test('a guest is PVH where Xen has the processor’s virtualization, and where nothing is known', (t) => {
	t.is(chooseType('')[0], 'pvh');
	t.is(chooseType('xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_64 \n')[0], 'pvh');
	t.is(chooseType('xen-3.0-x86_64 \n')[0], 'pv');
});
