import {childOf, integerOf, repeated, valueOf} from '../domain-view.ts';
import {setValue, takeElement} from '../edits.ts';
import {both, containers, machines, type Rule} from '../rule.ts';

const characterDevices = ['console', 'serial', 'parallel', 'channel'];

/** Consoles, serial ports and channels. */
export const consoleRules: readonly Rule[] = [
	{
		id: 'container-console',
		drivers: containers,
		level: 'error',
		about: 'The console of a container is a pty.',
		*find({all}) {
			for (const at of all('devices/console')) {
				const type = valueOf(at, 'type') ?? 'pty';
				if (type !== 'pty')
					yield {
						at,
						attribute: 'type',
						message: `The console of a container is a pty, no '${type}'`,
						cure: "type='pty'",
						edits: setValue(at, 'type', 'pty'),
					};
			}
		},
	},
	{
		id: 'second-serial-console',
		drivers: machines,
		level: 'error',
		about: 'Only the first console is a serial port; further ones are virtio.',
		*find({all}) {
			for (const console of all('devices/console').slice(1)) {
				const target = childOf(console, 'target');
				if (target === undefined || valueOf(target, 'type') !== 'serial') continue;
				yield {
					at: target,
					attribute: 'type',
					message: 'Only the first console is a serial port',
					cure: "type='virtio'",
					edits: setValue(target, 'type', 'virtio'),
				};
			}
		},
	},
	{
		id: 'console-is-serial-port',
		drivers: machines,
		level: 'warning',
		about: 'The first console is the first serial port: where they differ, libvirt drops what the console says.',
		*find({all}) {
			const [console] = all('devices/console');
			const [serial] = all('devices/serial');
			const target = valueOf(childOf(console, 'target'), 'type') ?? 'serial';
			const [type, other] = [valueOf(console, 'type'), valueOf(serial, 'type')];
			if (console === undefined || serial === undefined || target !== 'serial' || type === undefined || type === other) return;
			yield {
				at: console,
				attribute: 'type',
				message: `The first console is the serial port of the type '${other}': libvirt drops what stands here`,
				cure: `type='${other}', or take it out`,
				edits: takeElement(console),
			};
		},
	},
	{
		id: 'port-twice',
		drivers: both,
		level: 'warning',
		about: 'Each serial port, and each parallel one, has a number of its own.',
		*find({all}) {
			for (const kind of ['serial', 'parallel']) {
				for (const [target] of repeated(all(`devices/${kind}/target`), (each) => valueOf(each, 'port'))) {
					yield {at: target, attribute: 'port', message: `Two ${kind} ports have the number ${valueOf(target, 'port')}`, cure: 'another number'};
				}
			}
		},
	},
	{
		id: 'channel-twice',
		drivers: machines,
		level: 'error',
		about: 'Each channel has a name of its own.',
		*find({all}) {
			for (const [target] of repeated(all('devices/channel/target'), (each) => valueOf(each, 'name'))) {
				yield {at: target, attribute: 'name', message: `Two channels have the name '${valueOf(target, 'name')}'`, cure: 'another name'};
			}
		},
	},
	{
		id: 'channel-of-agent',
		drivers: machines,
		level: 'warning',
		about: 'The channel of the guest agent has the name org.qemu.guest_agent.0.',
		*find({all}) {
			for (const target of all('devices/channel/target')) {
				const name = valueOf(target, 'name') ?? '';
				if (!name.startsWith('org.qemu.guest') || /^org\.qemu\.guest_agent\.\d+$/.test(name)) continue;
				yield {
					at: target,
					attribute: 'name',
					message: `No guest agent listens at '${name}'`,
					cure: "name='org.qemu.guest_agent.0'",
					edits: setValue(target, 'name', 'org.qemu.guest_agent.0'),
				};
			}
		},
	},
	{
		id: 'serial-of-other-machine',
		drivers: machines,
		level: 'error',
		about: 'The type of a serial port is one that the machine has.',
		*find({arch, all}) {
			if (arch !== 'x86_64' && arch !== 'i686') return;
			for (const target of all('devices/serial/target')) {
				const type = valueOf(target, 'type');
				if (type === undefined || ['isa-serial', 'usb-serial', 'pci-serial', 'isa-debug'].includes(type)) continue;
				yield {
					at: target,
					attribute: 'type',
					message: `${arch} has no serial port '${type}'`,
					cure: "type='isa-serial'",
					edits: setValue(target, 'type', 'isa-serial'),
				};
			}
		},
	},
	{
		id: 'character-source',
		drivers: both,
		level: 'error',
		about: 'A device over TCP has a service; the path of a socket is shorter than 108 bytes.',
		*find({all}) {
			for (const kind of characterDevices) {
				for (const device of all(`devices/${kind}`)) {
					const type = valueOf(device, 'type') ?? '';
					const source = childOf(device, 'source');
					if (type === 'tcp' && valueOf(source, 'service') === undefined)
						yield {at: source ?? device, message: `The ${kind} over TCP has no service`, cure: "service='4555'"};
					const path = valueOf(source, 'path') ?? '';
					if (source !== undefined && type === 'unix' && Buffer.byteLength(path) > 107)
						yield {at: source, attribute: 'path', message: 'The path of a socket has at most 107 bytes', cure: 'a shorter one'};
					if (source !== undefined && ['tcp', 'udp'].includes(type) && (integerOf(valueOf(source, 'service')) ?? 0) > 65_535)
						yield {at: source, attribute: 'service', message: 'A port is 1 to 65535', cure: 'one of them'};
				}
			}
		},
	},
	{
		id: 'ports-too-many',
		drivers: machines,
		level: 'error',
		about: 'A machine has at most four serial ports of ISA.',
		*find({all, arch}) {
			if (arch !== 'x86_64' && arch !== 'i686') return;
			for (const serial of all('devices/serial')
				.filter((each) => ['isa-serial', undefined].includes(valueOf(childOf(each, 'target'), 'type')))
				.slice(4)) {
				yield {at: serial, message: 'A machine has at most four serial ports of ISA', cure: "<target type='pci-serial'/>"};
			}
		},
	},
];
