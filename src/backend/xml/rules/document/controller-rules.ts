import type {ScannedElement} from '../../scan/scanned.ts';
import {integerOf, repeated, valueOf} from '../domain-view.ts';
import {setValue, takeAttribute} from '../edits.ts';
import {machines, type Rule} from '../rule.ts';

/** Controllers and what hangs on them. */
export const controllerRules: readonly Rule[] = [
	{
		id: 'controller-twice',
		drivers: machines,
		level: 'error',
		about: 'Each controller of a type has an index of its own.',
		*find({all}) {
			const isCompanion = (each: ScannedElement): boolean => valueOf(each, 'type') === 'usb' && /uhci/.test(valueOf(each, 'model') ?? '');
			const keyOf = (each: ScannedElement): string | undefined => {
				const index = integerOf(valueOf(each, 'index'));
				return index === undefined || isCompanion(each) ? undefined : `${valueOf(each, 'type')} ${index}`;
			};
			for (const [controller] of repeated(all('devices/controller'), keyOf)) {
				const index = valueOf(controller, 'index') ?? '';
				yield {
					at: controller,
					attribute: 'index',
					message: `Two ${valueOf(controller, 'type')} controllers have the index ${index}`,
					cure: `another index, or take one out`,
				};
			}
		},
	},
	{
		id: 'root-of-other-machine',
		drivers: machines,
		level: 'error',
		about: 'The PCI controller with the index 0 is pcie-root on q35, and pci-root on i440fx.',
		*find({all, machine}) {
			const right = machine === 'q35' ? 'pcie-root' : machine === 'i440fx' ? 'pci-root' : undefined;
			for (const controller of all('devices/controller')) {
				const model = valueOf(controller, 'model');
				if (
					right === undefined ||
					valueOf(controller, 'type') !== 'pci' ||
					integerOf(valueOf(controller, 'index')) !== 0 ||
					model === undefined ||
					model === right
				)
					continue;
				yield {
					at: controller,
					attribute: 'model',
					message: `The PCI controller with the index 0 of this machine is a ${right}`,
					cure: `model='${right}'`,
					edits: setValue(controller, 'model', right),
				};
			}
		},
	},
	{
		id: 'usb-disabled',
		drivers: machines,
		level: 'error',
		about: "What is on USB needs a USB controller, and no model='none'.",
		*find({all}) {
			const usb = all('devices/controller').filter((each) => valueOf(each, 'type') === 'usb');
			const none = usb.find((each) => valueOf(each, 'model') === 'none');
			if (none === undefined) return;
			const other = usb.find((each) => each !== none);
			if (other !== undefined)
				yield {
					at: none,
					attribute: 'model',
					message: 'There is a USB controller, and one of the model none',
					cure: 'take one out',
				};
			const users = [
				...all('devices/input').filter((each) => (valueOf(each, 'bus') ?? '') === 'usb'),
				...all('devices/disk/target').filter((each) => valueOf(each, 'bus') === 'usb'),
				...all('devices/redirdev').filter((each) => valueOf(each, 'bus') === 'usb'),
				...all('devices/hostdev').filter((each) => valueOf(each, 'type') === 'usb'),
				...all('devices/hub'),
				...all('devices/sound').filter((each) => valueOf(each, 'model') === 'usb'),
				...all('devices/smartcard'),
			];
			for (const user of users)
				yield {
					at: user,
					attribute: user.name === 'hostdev' || user.name === 'hub' ? 'type' : 'bus',
					message: `<${user.name}> is of a device on USB, which <controller type='usb' model='none'/> turns off`,
					cure: "take it out, or model='qemu-xhci'",
				};
		},
	},
	{
		id: 'usb-ports',
		drivers: machines,
		level: 'error',
		about: 'A controller of USB 3 has at most 15 ports; the others have none to set.',
		*find({all}) {
			for (const controller of all('devices/controller')) {
				const ports = integerOf(valueOf(controller, 'ports'));
				const model = valueOf(controller, 'model') ?? '';
				if (valueOf(controller, 'type') !== 'usb' || ports === undefined || model === '') continue;
				if (/xhci/.test(model) ? ports > 15 : true)
					yield {
						at: controller,
						attribute: 'ports',
						message: /xhci/.test(model) ? 'A USB controller has at most 15 ports' : `A controller '${model}' has no ports to set`,
						cure: /xhci/.test(model) ? "ports='15'" : "model='qemu-xhci'",
						edits: /xhci/.test(model) ? setValue(controller, 'ports', '15') : undefined,
					};
			}
		},
	},
	{
		id: 'queues-of-other-controller',
		drivers: machines,
		level: 'error',
		about: 'Queues and threads are of a controller virtio-scsi.',
		*find({all}) {
			for (const driver of all('devices/controller/driver')) {
				const {parent} = driver;
				const model = valueOf(parent, 'model') ?? '';
				if (parent === undefined || valueOf(parent, 'type') !== 'scsi' || model === '' || model.startsWith('virtio')) continue;
				for (const name of ['queues', 'cmd_per_lun', 'max_sectors', 'ioeventfd', 'iothread']) {
					if (valueOf(driver, name) !== undefined)
						yield {
							at: driver,
							attribute: name,
							message: `A SCSI controller '${model}' has no '${name}'`,
							cure: "take it out, or model='virtio-scsi' of the controller",
							edits: takeAttribute(driver, name),
						};
				}
			}
		},
	},
];
