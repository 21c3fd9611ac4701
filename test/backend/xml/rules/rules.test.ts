import test from 'ava';
import {checkDomain} from '../../../../src/backend/xml/check-domain.ts';
import {allRules, documentRules} from '../../../../src/backend/xml/rules/all-rules.ts';
import type {DocumentHost, PathKind} from '../../../../src/backend/xml/rules/document-host.ts';
import {applyEdits} from '../../../../src/backend/xml/scan/apply-edits.ts';
import {placesIn} from '../../../../src/backend/xml/scan/places.ts';
import {openLibvirtChecker, readBrokenDomains, readGoodDomains} from '../../../helpers/broken-domains.ts';
import {hostWith, isFile} from '../../../helpers/document-host.ts';
import {rightSamples, ruleSamples, sampleText} from '../../../helpers/rule-samples.ts';

const checker = openLibvirtChecker();

test('what libvirt refuses or drops is found first, at its line', async (t) => {
	const wrong: string[] = [];
	for (const {id, kind, lines, needs, text} of readBrokenDomains()) {
		if (kind === 'syntax' || kind === 'schema') continue;
		const [fault] = await checkDomain(text, checker, hostWith(isFile(needs)));
		const line = fault && placesIn(text)(fault.start).line;
		if (line === undefined || !lines.includes(line) || fault?.level === 'info') wrong.push(`${id}: ${line} ${fault?.message}, not ${lines.join(' or ')}`);
	}
	t.deepEqual(wrong, []);
});

test('documents that are right are against no rule', async (t) => {
	for (const text of [...readGoodDomains(), ...rightSamples]) {
		const faults = await checkDomain(text, checker, undefined);
		t.deepEqual(
			faults.filter(({level}) => level !== 'info'),
			[],
			text,
		);
	}
	const needs = readBrokenDomains().flatMap((each) => each.needs);
	for (const {mended} of readBrokenDomains()) {
		const faults = await checkDomain(mended, checker, hostWith({...isFile(needs), '/srv/builds': 'directory', '/srv/shared': 'directory'}));
		t.deepEqual(
			faults.filter(({level}) => level === 'error').map(({message}) => message),
			[],
			mended,
		);
	}
});

test('each rule of a document finds what it is made for, and its cure takes that away', async (t) => {
	const found = new Set<string>();
	const missed: string[] = [];
	for (const sample of ruleSamples) {
		const text = sampleText(sample);
		const faults = await checkDomain(text, checker, undefined);
		const fault = faults.find(({rule}) => rule === sample.rule);
		if (fault === undefined) missed.push(`${sample.rule}: ${JSON.stringify(sample.changes)}`);
		found.add(sample.rule);
		if (fault?.edits === undefined) continue;
		const left = await checkDomain(applyEdits(text, fault.edits), checker, undefined);
		t.true(left.length < faults.length, `${sample.rule}: ${applyEdits(text, fault.edits)}`);
	}
	t.deepEqual(missed, []);
	t.deepEqual(
		documentRules.map(({id}) => id).filter((id) => !found.has(id)),
		[],
		'a rule without a sample',
	);
});

test('a rule has a name of its own, and says in a sentence what must not be', (t) => {
	const ids = allRules.map(({id}) => id);
	t.is(new Set(ids).size, ids.length);
	for (const {id, about} of allRules) {
		t.regex(id, /^[a-z]+(?:-[a-z]+)+$/);
		t.regex(about, /^[\S].*\.$/, id);
	}
});

const [machine = '', container = ''] = rightSamples;

test('what libvirt takes and honours is against no rule', async (t) => {
	const more = '<!-- more -->';
	const live = machine
		.replace("<domain type='qemu'", "<domain type='qemu' id='7'")
		.replace(
			"<source network='default'/>",
			"<source network='default' portid='7c1f5b0a-3f0e-4b3a-9d55-00000b88ba83' bridge='virbr0'/><target dev='vnet3'/><alias name='net0'/>",
		)
		.replace("<target type='isa-serial' port='0'/>", "<target type='isa-serial' port='0'/><alias name='serial0'/>")
		.replace("<target type='serial' port='0'/>", "<target type='serial' port='0'/><alias name='serial0'/>")
		.replace("port='-1' autoport", "port='5900' autoport");
	const team =
		"<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><model type='virtio-non-transitional'/><teaming type='persistent'/><alias name='ua-a'/></interface><interface type='network'><mac address='52:54:00:00:00:01'/><source network='default'/><model type='virtio'/><teaming type='transient' persistent='ua-a'/></interface>";
	const right: ReadonlyArray<readonly [of: string, old: string, changed: string]> = [
		[live, more, ''],
		[machine, more, team],
		[
			machine,
			more,
			"<rng model='virtio'><backend model='random'>/dev/qrandom0</backend><address type='pci'/></rng><watchdog model='i6300esb'><address type='pci'/></watchdog>",
		],
		[machine, more, "<channel type='unix'><target type='virtio' name='ovirt-guest-agent.0'/></channel>"],
		[
			machine,
			more,
			"<interface type='network'><source network='default'/><target dev='tap%d'/><model type='E1000'/></interface><interface type='network'><source network='default'/><target dev='tap%d'/></interface>",
		],
		[
			machine,
			more,
			"<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a.qcow2'/><target dev='vdb' bus='virtio'/><readonly/><shareable/></disk>",
		],
		[machine, "<boot dev='hd'/>", "<kernel>/boot/vmlinuz</kernel><boot dev='network'/>"],
		[machine, '<os>', "<os firmware='efi'>"],
		[machine, "<memory unit='MiB'>512", "<memory unit='MiB'>8"],
		[machine, "machine='q35'", "machine='pc-q35-noble'"],
		[machine, "<cpu mode='maximum'/>", "<cpu mode='host-model'><model fallback='allow'/></cpu>"],
		[
			container,
			"<filesystem type='mount' accessmode='passthrough'>",
			"<filesystem type='mount'><source dir='/srv'/><target dir='/mnt'/></filesystem><filesystem type='mount' accessmode='passthrough'>",
		],
		[container, '<initarg>300</initarg>', "<initarg>-c</initarg><initarg>'/opt/my app/run'</initarg>"],
		[container, '<init>/bin/sleep</init>', '<init>/opt/my init</init>'],
	];
	for (const [of, old, changed] of right) {
		t.true(of.includes(old), old);
		const faults = await checkDomain(
			of.replace(old, () => changed),
			{check: () => [], count: () => ({syntax: 0, schema: 0}), size: 0},
			undefined,
		);
		// Less current memory than all is said of one case, and no other.
		t.deepEqual(
			faults.filter(({level, rule}) => level !== 'info' && rule !== 'current-memory-more').map(({rule}) => rule),
			[],
			changed,
		);
	}
});
const image = {'/var/lib/libvirt/images/web.qcow2': 'file'} as const;

test('what a host lacks is told, with what it has instead', async (t) => {
	const cases: ReadonlyArray<readonly [text: string, rule: string, level: 'error' | 'warning', cure: RegExp, present: Readonly<Record<string, PathKind>>]> = [
		[machine, 'disk-source-not-there', 'warning', /a file or a block device/, {}],
		[machine, 'disk-source-not-there', 'warning', /is \/var\/lib\/libvirt\/images\/wep.qcow2 meant/, {'/var/lib/libvirt/images/wep.qcow2': 'file'}],
		[machine, 'disk-source-not-there', 'error', /a file or/, {'/var/lib/libvirt/images/web.qcow2': 'directory'}],
		[machine.replace('system-x86_64<', 'kvm<'), 'emulator-missing', 'error', /^\/usr\/bin\/qemu-system-x86_64$/, image],
		[container.replace('/usr/lib/libvirt/', '/usr/libexec/'), 'emulator-missing', 'error', /^\/usr\/lib\/libvirt\/libvirt_lxc$/, {}],
		[
			machine.replace("<boot dev='hd'/>", '<kernel>/boot/vmlinuz-6</kernel>'),
			'boot-file-missing',
			'error',
			/^\/boot\/vmlinuz-7$/,
			{...image, '/boot/vmlinuz-7': 'file'},
		],
		[machine.replace("<domain type='qemu'", "<domain type='kvm'"), 'kvm-missing', 'error', /type='qemu'/, image],
		[machine.replace("placement='static'", "cpuset='0-63'"), 'host-processor-missing', 'error', /^cpuset='0-7'$/, image],
		[machine.replace("placement='static'", "placement='auto'"), 'placement-program-missing', 'error', /static/, image],
		[machine.replaceAll("unit='MiB'>512", "unit='GiB'>512"), 'more-memory-than-host', 'warning', /less/, image],
		[
			machine.replace('</devices>', "</devices>\n  <seclabel type='dynamic' model='selinux' relabel='yes'/>"),
			'label-model-missing',
			'error',
			/model='dac'/,
			image,
		],
		[
			machine.replace("type='network'>", "type='bridge'>").replace("network='default'", "bridge='br1'"),
			'host-interface-missing',
			'error',
			/br0/,
			{...image, '/sys/class/net/br0': 'directory'},
		],
		[
			machine.replace("<cpu mode='maximum'/>", '<cpu><model>Skylak-Client</model></cpu>'),
			'processor-model-unknown',
			'error',
			/^Skylake-Client$/,
			{...image, '/usr/share/libvirt/cpu_map/x86_Skylake-Client.xml': 'file'},
		],
		[
			machine.replace('<!-- more -->', "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>"),
			'tpm-program-missing',
			'warning',
			/swtpm/,
			image,
		],
		[container.replace("<source dir='/'/>", "<source dir='/sv'/>"), 'mount-source-missing', 'error', /is \/srv meant/, {}],
		[
			container.replace('<!-- more -->', "<hostdev mode='capabilities' type='misc'><source><char>/dev/fuse</char></source></hostdev>"),
			'node-of-device-missing',
			'error',
			/a device/,
			{'/dev/fuse': 'file'},
		],
		[
			machine.replace(
				'<!-- more -->',
				"<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='9' slot='0' function='0'/></source></hostdev>",
			),
			'host-device-missing',
			'warning',
			/lspci/,
			image,
		],
		[
			machine
				.replace('<os>', "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>\n  <os>")
				.replace(
					'<!-- more -->',
					"<filesystem type='mount'><driver type='virtiofs'/><binary path='/usr/lib/qemu-kvm/virtiofsd'/><source dir='/srv'/><target dir='a'/></filesystem>",
				),
			'share-program-missing',
			'error',
			/^\/usr\/libexec\/virtiofsd$/,
			image,
		],
	];
	for (const [text, rule, level, cure, present] of cases) {
		const faults = await checkDomain(text, checker, hostWith(present));
		const fault = faults.find((each) => each.rule === rule);
		t.like(fault, {source: 'host', level}, `${rule}: ${faults.map(({message}) => message).join('; ')}`);
		t.regex(fault?.cure ?? '', cure);
	}
	t.deepEqual(
		allRules
			.slice(documentRules.length)
			.map(({id}) => id)
			.filter((id) => !cases.some(([, rule]) => rule === id)),
		[],
		'a rule without a case',
	);
});

test('a host that does not answer lacks nothing', async (t) => {
	const silent: DocumentHost = {
		kindOf: () => Promise.resolve('unknown'),
		namesIn: () => Promise.resolve(undefined),
		labelModels: () => Promise.resolve(new Set(['dac'])),
		size: () => Promise.resolve({cpus: undefined, memory: undefined}),
	};
	for (const text of rightSamples) t.deepEqual(await checkDomain(text, checker, silent), []);
});

test('a document of another driver, and one that is none of a domain, is against no rule', async (t) => {
	t.deepEqual(
		await checkDomain('<domain type="xen"><name>a/b</name></domain>', {check: () => [], count: () => ({syntax: 0, schema: 0}), size: 0}, undefined),
		[],
	);
	t.deepEqual(
		await checkDomain('<network type="lxc"><name>a/b</name></network>', {check: () => [], count: () => ({syntax: 0, schema: 0}), size: 0}, undefined),
		[],
	);
});
