import {childOf, integerOf, repeated, textIn, valueOf} from '../domain-view.ts';
import {setValue, takeElement} from '../edits.ts';
import {machines, type Rule} from '../rule.ts';

/** The devices that are rarer than disks and interfaces. */
export const deviceRules: readonly Rule[] = [
	{
		id: 'vsock-address',
		drivers: machines,
		level: 'error',
		about: "The CID of a guest is 3 or more, and is there where auto is 'no'.",
		*find({all}) {
			for (const cid of all('devices/vsock/cid')) {
				const [address, auto] = [integerOf(valueOf(cid, 'address')), valueOf(cid, 'auto')];
				if (address !== undefined && (address < 3 || address >= 0xff_ff_ff_ff))
					yield {at: cid, attribute: 'address', message: "A guest's CID is 3 or more", cure: "address='3'", edits: setValue(cid, 'address', '3')};
				else if (address === undefined && auto === 'no')
					yield {
						at: cid,
						attribute: 'auto',
						message: 'The vsock has no CID',
						cure: "auto='yes', or address='3'",
						edits: setValue(cid, 'auto', 'yes'),
					};
			}
		},
	},
	{
		id: 'iommu-of-other-machine',
		drivers: machines,
		level: 'error',
		about: 'An IOMMU of Intel or AMD is of a q35 machine.',
		*find({all, machine}) {
			for (const iommu of all('devices/iommu')) {
				const model = valueOf(iommu, 'model') ?? '';
				if (!['intel', 'amd'].includes(model) || machine === 'q35' || machine === '') continue;
				yield {
					at: iommu,
					attribute: 'model',
					message: `Only a q35 machine has an IOMMU '${model}'`,
					cure: "model='virtio', or machine='q35'",
				};
			}
		},
	},
	{
		id: 'tpm-version',
		drivers: machines,
		level: 'error',
		about: 'A TPM with CRB is one of version 2.0; a machine has one TPM.',
		*find({all}) {
			for (const backend of all('devices/tpm/backend')) {
				if (valueOf(backend.parent, 'model') !== 'tpm-crb' || valueOf(backend, 'version') !== '1.2') continue;
				yield {
					at: backend,
					attribute: 'version',
					message: 'A TPM with CRB is one of version 2.0',
					cure: "version='2.0', or model='tpm-tis'",
					edits: setValue(backend, 'version', '2.0'),
				};
			}
			for (const tpm of all('devices/tpm')
				.filter((each) => valueOf(each, 'model') !== 'spapr-tpm-proxy')
				.slice(1)) {
				yield {at: tpm, message: 'A machine has one TPM', cure: 'take one out', edits: takeElement(tpm)};
			}
		},
	},
	{
		id: 'panic-twice',
		drivers: machines,
		level: 'error',
		about: 'A machine has one panic device of each model.',
		*find({all}) {
			for (const [panic] of repeated(all('devices/panic'), (each) => valueOf(each, 'model') ?? 'isa')) {
				yield {
					at: panic,
					attribute: 'model',
					message: `There are two panic devices of the model '${valueOf(panic, 'model') ?? 'isa'}'`,
					cure: 'take one out',
				};
			}
		},
	},
	{
		id: 'watchdog-model',
		drivers: machines,
		level: 'error',
		about: 'The watchdog itco is of a q35 machine, diag288 of s390x.',
		*find({all, machine, arch}) {
			for (const watchdog of all('devices/watchdog')) {
				const model = valueOf(watchdog, 'model') ?? '';
				const isWrong = (model === 'itco' && machine !== 'q35' && machine !== '') || (model === 'diag288' && !['s390x', 's390', ''].includes(arch));
				if (isWrong)
					yield {
						at: watchdog,
						attribute: 'model',
						message: `This machine has no watchdog '${model}'`,
						cure: "model='i6300esb'",
						edits: setValue(watchdog, 'model', 'i6300esb'),
					};
			}
		},
	},
	{
		id: 'shared-memory-device',
		drivers: machines,
		level: 'error',
		about: 'The size of <shmem> is a power of two, 1 MiB or more.',
		*find({all}) {
			for (const size of all('devices/shmem/size')) {
				const number = integerOf(textIn(size)) ?? 0;
				if (number > 0 && Number.isInteger(Math.log2(number))) continue;
				const better = 2 ** Math.ceil(Math.log2(Math.max(number, 1)));
				yield {at: size, message: 'The size of <shmem> is a power of two', cure: String(better)};
			}
		},
	},
	{
		id: 'host-device-twice',
		drivers: machines,
		level: 'error',
		about: 'A device of the host is passed on once.',
		*find({all}) {
			const keyOf = (device: Parameters<typeof childOf>[0]): string | undefined => {
				const source = childOf(device, 'source');
				const parts = ['vendor', 'product', 'address', 'adapter'].flatMap(
					(name) => childOf(source, name)?.attributes.map((each) => `${name} ${each.name} ${integerOf(each.value) ?? each.value}`) ?? [],
				);
				return parts.length === 0 ? undefined : [valueOf(device, 'type'), ...parts].join(',');
			};
			for (const [device] of repeated(all('devices/hostdev'), keyOf)) {
				yield {at: device, message: 'The same device of the host is there twice', cure: 'take one out'};
			}
		},
	},
	{
		id: 'usb-vendor-zero',
		drivers: machines,
		level: 'error',
		about: 'The vendor and the product of a USB device are not 0.',
		*find({all}) {
			for (const name of ['vendor', 'product']) {
				for (const element of all(`devices/hostdev/source/${name}`)) {
					if (integerOf(valueOf(element, 'id')) === 0)
						yield {at: element, attribute: 'id', message: `The ${name} of a USB device is not 0`, cure: 'as lsusb tells it'};
				}
			}
		},
	},
	{
		id: 'entropy-of-file',
		drivers: machines,
		level: 'warning',
		about: 'Entropy comes from /dev/urandom or /dev/random, or a hwrng: a file ends, or blocks.',
		*find({all}) {
			for (const backend of all('devices/rng/backend')) {
				const path = textIn(backend);
				if (valueOf(backend, 'model') !== 'random' || path === '' || path.startsWith('/dev/')) continue;
				yield {at: backend, message: `'${path}' is no source of entropy`, cure: '/dev/urandom'};
			}
		},
	},
	{
		id: 'argument-of-several-words',
		drivers: machines,
		level: 'error',
		about: "Each <qemu:arg> is one argument of QEMU: '-s -S' is two.",
		*find({all}) {
			for (const argument of all('qemu:commandline/qemu:arg')) {
				const value = valueOf(argument, 'value') ?? '';
				if (!/^-[\w-]+\s+\S/.test(value)) continue;
				const words = value.trim().split(/\s+/);
				const isPlain = !/['"&<]/.test(value);
				const text = words.map((word) => `<${argument.name} value='${word}'/>`).join('');
				yield {
					at: argument,
					attribute: 'value',
					message: `QEMU takes '${value}' as one argument`,
					cure: `one <${argument.name}> for each word`,
					edits: isPlain ? [{start: argument.start, end: argument.end, text}] : undefined,
				};
			}
		},
	},
	{
		id: 'arguments-of-qemu',
		drivers: machines,
		level: 'info',
		about: 'libvirt does not check what <qemu:commandline> passes on.',
		*find({one}) {
			const commandline = one('qemu:commandline');
			if (commandline !== undefined)
				yield {
					at: commandline,
					culprit: commandline.name,
					message: 'libvirt passes this on unchecked, and marks the domain as tainted',
					cure: 'the elements of libvirt where there are some',
				};
		},
	},
	{
		id: 'statistics-of-no-balloon',
		drivers: machines,
		level: 'warning',
		about: 'A memory balloon of the model none has no statistics.',
		*find({all}) {
			for (const stats of all('devices/memballoon/stats')) {
				if (valueOf(stats.parent, 'model') === 'none')
					yield {at: stats, message: "A balloon of the model 'none' has no statistics", cure: 'take it out', edits: takeElement(stats)};
			}
		},
	},
];
