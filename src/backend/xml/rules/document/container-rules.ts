import {valueOf} from '../domain-view.ts';
import {takeElement} from '../edits.ts';
import {containers, type Rule} from '../rule.ts';

/** Devices that libvirt takes in the document of a container, and that the container does not get. */
const withoutEffect = [
	'video',
	'sound',
	'watchdog',
	'tpm',
	'rng',
	'memballoon',
	'panic',
	'vsock',
	'iommu',
	'serial',
	'parallel',
	'channel',
	'shmem',
	'smartcard',
	'hub',
	'controller',
	'memory',
	'audio',
];

/** Devices with which libvirt refuses it. */
const refused = ['input', 'graphics', 'redirdev'];

/** What only machines have. */
export const containerRules: readonly Rule[] = [
	{
		id: 'container-device-refused',
		drivers: containers,
		level: 'error',
		about: 'A container has no input devices, screens or redirected USB.',
		*find({all}) {
			for (const at of refused.flatMap((name) => all(`devices/${name}`))) {
				yield {at, culprit: at.name, message: `A container has no <${at.name}>`, cure: 'take it out', edits: takeElement(at)};
			}
		},
	},
	{
		id: 'container-device-without-effect',
		drivers: containers,
		level: 'warning',
		about: 'A container runs on the kernel of the host: devices that are made for a machine are left out of it.',
		*find({all}) {
			for (const at of withoutEffect.flatMap((name) => all(`devices/${name}`))) {
				// libvirt adds this one itself.
				if (at.name === 'controller' && valueOf(at, 'type') === 'usb') continue;
				yield {at, culprit: at.name, message: `<${at.name}> has no effect on a container`, cure: 'take it out', edits: takeElement(at)};
			}
		},
	},
	{
		id: 'container-feature',
		drivers: containers,
		level: 'warning',
		about: 'ACPI, APIC and the features of hypervisors are of machines.',
		*find({all}) {
			for (const name of ['acpi', 'apic', 'pae', 'hap', 'hyperv', 'kvm', 'smm', 'pmu', 'vmport', 'ioapic', 'gic', 'vmcoreinfo', 'viridian']) {
				for (const at of all(`features/${name}`))
					yield {at, culprit: name, message: `<${name}> has no effect on a container`, cure: 'take it out', edits: takeElement(at)};
			}
		},
	},
	{
		id: 'container-hostdev',
		drivers: containers,
		level: 'error',
		about: 'A container is given devices by their node: PCI devices are of machines.',
		*find({all}) {
			for (const at of all('devices/hostdev')) {
				if (valueOf(at, 'mode') !== 'subsystem' || valueOf(at, 'type') === 'usb') continue;
				yield {
					at,
					attribute: 'type',
					message: `A container has no ${valueOf(at, 'type')?.toUpperCase()} device`,
					cure: "mode='capabilities' type='misc' with <char>/dev/…</char>",
				};
			}
		},
	},
	{
		id: 'interface-of-machine',
		drivers: containers,
		level: 'warning',
		about: 'The model, the driver and the boot order of an interface are of machines.',
		*find({all}) {
			for (const at of ['model', 'driver', 'boot', 'rom', 'tune'].flatMap((name) => all(`devices/interface/${name}`))) {
				yield {
					at,
					culprit: at.name,
					message: `<${at.name}> has no effect on the interface of a container`,
					cure: 'take it out',
					edits: takeElement(at),
				};
			}
		},
	},
];
