import {readFileSync} from 'node:fs';
import test from 'ava';
import type {ContainerLayout} from '../../../src/backend/container/domain/layout.ts';
import {diskName, makeContainerDomain} from '../../../src/backend/container/domain/make-container-domain.ts';
import {resolveSecurity} from '../../../src/backend/domain/security.ts';
import {parseCapabilities} from '../../../src/backend/host/libvirtd/capabilities.ts';
import {childElements, findElement, type Cause} from '../../../src/backend/xml/element.ts';
import {writeXml, writeXmlLines} from '../../../src/backend/xml/write-xml.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';
import {parseNetwork} from '../../../src/spec/parse/parse-network.ts';
import {parseSecurity} from '../../../src/spec/parse/parse-security.ts';
import type {SandboxSpec} from '../../../src/spec/types.ts';
import {isGolden, validateDomain} from '../../helpers/validate-domain.ts';

const cause: Cause = {kind: 'default', text: "default: the host's directories, read-only"};
const mount = (text: string): Cause => ({kind: 'option', text: `mount ${text}`});

function layoutOf(spec: SandboxSpec, changes: Partial<ContainerLayout> = {}): ContainerLayout {
	const id = 'sandbox-1-abc';
	return {
		id,
		name: spec.name ?? 'sandbox-1',
		rootDirectory: `/run/virt-sandbox/${id}/root`,
		ioDirectory: `/run/virt-sandbox/${id}/io`,
		init: '/run/sandbox/init',
		binds: [
			{source: '/usr', target: '/usr', readonly: true, cause},
			{source: '/etc', target: '/etc', readonly: true, cause},
		],
		rams: [
			{target: '/tmp', sizeKiB: 65536, readonly: false, cause},
			{target: '/run', sizeKiB: 16384, readonly: false, cause},
		],
		consoles: 2,
		metadata: {spec, id, stateDirectory: `/run/virt-sandbox/${id}`, owner: {pid: 4711, startTime: '123456'}, namespace: 'pid:[4026531836]'},
		...changes,
	};
}

const full: SandboxSpec = {
	...defaultSpec,
	name: 'web <&> ü',
	command: ['sh', '-c', 'echo "$A" \u0001'],
	tty: true,
	environment: {SECRET: 'hunter2'},
	idmap: {start: 100_000, count: 65_536},
	networks: [
		parseNetwork('dhcp,isolated'),
		parseNetwork('source=isolated,mac=52:54:00:00:00:01,address=10.0.0.2/24,filter=clean-traffic,filter.IP=10.0.0.2'),
	],
	limits: {memoryKiB: 1048576, swapKiB: 65536, vcpus: 2, cpuShares: 512, cpuQuotaPercent: 150, ioWeight: 200, pids: undefined, timeoutMs: undefined},
};
const fullLayout = layoutOf(full, {
	uuid: 'c7a5fdbd-edaf-4455-926a-d65c16db1809',
	binds: [
		{source: '/srv/a b,\'c"', target: '/usr/local/x', readonly: false, cause: mount('host-bind:/usr/local/x=/srv/a b,\'c"')},
		{source: '/usr', target: '/usr', readonly: true, cause},
	],
	guestBinds: [{source: '/usr/share', target: '/g', readonly: true, cause: mount('guest-bind:/g=/usr/share,ro')}],
	images: [
		{source: '/srv/disk.img', target: '/image', format: 'raw', chain: false, readonly: true, cause: mount('host-image:/image=/srv/disk.img,ro')},
		{
			source: '/srv/disk.qcow2',
			target: '/other',
			format: 'qcow2',
			chain: false,
			readonly: false,
			cause: mount('host-image:/other=/srv/disk.qcow2,format=qcow2'),
		},
	],
	disks: [
		{source: '/srv/a.img', format: 'raw', chain: false, readonly: true, cause: {kind: 'option', text: 'disk file:a=/srv/a.img,ro'}},
		{source: '/srv/b.qcow2', format: 'qcow2', chain: false, readonly: false, cause: {kind: 'option', text: 'disk file:b=/srv/b.qcow2,format=qcow2'}},
	],
	seclabels: resolveSecurity(parseSecurity('dynamic'), {
		capabilities: parseCapabilities(readFileSync('test/fixtures/capabilities/lxc-selinux.xml', 'utf8')),
		domainType: 'lxc',
	}).seclabels,
});

const becomes = test.macro({
	exec: (t, spec: SandboxSpec, layout: ContainerLayout, name: string) => isGolden(t, writeXml(makeContainerDomain(spec, layout)), name),
	title: (_, __, ___, name) => `makes the domain ${name}, which passes the schema`,
});
test(becomes, defaultSpec, layoutOf(defaultSpec), 'container-default');
test(becomes, full, fullLayout, 'container-full');

test('mounts are in the order parents before children, guest-binds after what they show, and /run after all that could be led there', (t) => {
	const bind = (target: string) => ({source: '/srv/x', target, readonly: true, cause});
	const domain = makeContainerDomain(full, {
		...fullLayout,
		binds: ['/run/sandbox/include-0', '/run/user/0', '/srv/a/b/c', '/usr'].map(bind),
		guestBinds: [
			{source: '/run/user/0', target: '/late', readonly: true, cause},
			{source: '/usr/share', target: '/early', readonly: true, cause},
		],
	});
	const devices = findElement(domain, 'devices');
	t.deepEqual(devices && childElements(devices, 'filesystem').map((filesystem) => findElement(filesystem, 'target')?.attributes['dir']), [
		'/',
		'/usr',
		'/tmp',
		'/image',
		'/other',
		'/srv/a/b/c',
		'/early',
		'/run',
		'/run/user/0',
		'/late',
		'/run/sandbox',
		'/run/sandbox/include-0',
	]);
});

test('root may set up a network only where there is one', (t) => {
	const grants = (spec: SandboxSpec): string[] => {
		const capabilities = findElement(makeContainerDomain(spec, layoutOf(spec)), 'features', 'capabilities');
		return capabilities === undefined ? [] : childElements(capabilities).map((grant) => grant.name);
	};
	const base = ['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'net_bind_service', 'setgid', 'setpcap', 'setuid', 'wake_alarm'];
	t.deepEqual(grants(defaultSpec), base);
	t.deepEqual(grants(full), [...base, 'net_admin', 'net_raw'].toSorted());
});

test('every line of a domain has a cause', (t) => {
	t.deepEqual(
		writeXmlLines(makeContainerDomain(full, fullLayout)).filter((line) => line.cause === undefined),
		[],
	);
});

test('the values of the environment are nowhere in the document', (t) => {
	t.false(writeXml(makeContainerDomain(full, fullLayout)).includes('hunter2'));
});

const labelled = test.macro({
	exec(t, capabilities: string, option: string) {
		const {seclabels} = resolveSecurity(parseSecurity(option), {
			capabilities: parseCapabilities(readFileSync(`test/fixtures/capabilities/${capabilities}.xml`, 'utf8')),
			domainType: 'lxc',
			callerLabel: 'u:r:container_t:s0:c7,c8',
		});
		validateDomain(t, writeXml(makeContainerDomain(defaultSpec, layoutOf(defaultSpec, {seclabels}))));
	},
	title: (_, capabilities, option) => `a domain with '${option}' on ${capabilities} passes the schema`,
});
for (const option of [
	'dynamic',
	'dynamic,label=u:r:container_t:s0',
	'static,label=u:r:container_t:s0:c1,c2',
	'static,relabel=yes,label=u:r:container_t:s0:c1,c2',
	'inherit',
	'none',
]) {
	test(labelled, 'lxc-selinux', option);
}
for (const option of ['dynamic', 'static,label=profile', 'inherit', 'none']) {
	test(labelled, 'lxc-apparmor', option);
}
for (const option of ['dynamic', 'inherit', 'none']) {
	test(labelled, 'lxc-none', option);
}

test('names disks as the kernel does', (t) => {
	t.deepEqual([0, 1, 25, 26, 27, 701, 702].map(diskName), ['sda', 'sdb', 'sdz', 'sdaa', 'sdab', 'sdzz', 'sdaaa']);
});
