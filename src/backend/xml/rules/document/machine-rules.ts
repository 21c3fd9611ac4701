import {nearestWord} from '../../../../core/nearest-word.ts';
import {childOf, integerOf, textIn, valueOf} from '../domain-view.ts';
import {setValue, takeElement} from '../edits.ts';
import {machines, type Rule} from '../rule.ts';

/** Architectures whose emulator has another name. */
const systems: ReadonlyMap<string, string> = new Map([
	['i686', 'i386'],
	['armv7l', 'arm'],
	['armv6l', 'arm'],
	['ppc64le', 'ppc64'],
]);

/** Machines, their architecture, features and clocks. */
export const machineRules: readonly Rule[] = [
	{
		id: 'machine-unknown',
		drivers: machines,
		level: 'error',
		about: 'The machine is one that QEMU has for the architecture: q35 or pc on x86, virt on ARM.',
		*find({one, arch}) {
			const type = one('os/type');
			const machine = valueOf(type, 'machine');
			if (type === undefined || machine === undefined || !/^(?:x86_64|i686)$/.test(arch)) return;
			if (/^(?:q35|pc|isapc|microvm|none|nitro|xenfv.*|xenpv|x-remote|ubuntu.*|pc-.*|rhel.*)$/.test(machine)) return;
			const near = nearestWord(machine, ['q35', 'pc', 'microvm', 'isapc']) ?? 'q35';
			yield {
				at: type,
				attribute: 'machine',
				message: `QEMU has no machine '${machine}' for ${arch}`,
				cure: `machine='${near}'`,
			};
		},
	},
	{
		id: 'emulator-of-other-arch',
		drivers: machines,
		level: 'error',
		about: 'The emulator is one of the architecture in <type>.',
		*find({one, arch}) {
			const [emulator, type] = [one('devices/emulator'), one('os/type')];
			const [, name] = /\/qemu-system-([\w-]+)$/.exec(textIn(emulator)) ?? [];
			if (emulator === undefined || type === undefined || name === undefined || arch === '' || (systems.get(arch) ?? arch) === name) return;
			if ((arch === 'i686' && name === 'x86_64') || (/^(?:arm|aarch)/.test(arch) && /^(?:arm|aarch)/.test(name))) return;
			yield {
				at: type,
				attribute: 'arch',
				message: `The emulator is one for ${name}, and the architecture ${arch}`,
				cure: `arch='${name}', or the emulator for ${arch}`,
			};
		},
	},
	{
		id: 'acpi-missing',
		drivers: machines,
		level: 'warning',
		isOfLack: true,
		about: 'A machine on x86 has <acpi/>, or it cannot be shut down from outside.',
		*find({root, one, all, arch, machine}) {
			const isAsked = all('devices/channel/target').some((target) => (valueOf(target, 'name') ?? '').startsWith('org.qemu.guest_agent'));
			if (isAsked || one('features/acpi') !== undefined || !/^(?:x86_64|i686)$/.test(arch) || machine === 'microvm' || machine === 'isapc') return;
			yield {
				at: root,
				culprit: '<domain>',
				message: "<features> without <acpi/>: 'virsh shutdown' has no effect",
				cure: '<features><acpi/></features>',
			};
		},
	},
	{
		id: 'feature-of-other-machine',
		drivers: machines,
		level: 'error',
		about: 'A feature is one of the architecture and the machine.',
		*find({one, arch, machine}) {
			if (!/^(?:x86_64|i686)$/.test(arch)) return;
			for (const name of ['gic', 'htm', 'nested-hv', 'cfpc', 'sbbc', 'ibs', 'ccf-assist', 'hpt']) {
				const feature = one(`features/${name}`);
				if (feature === undefined || valueOf(feature, 'state') === 'off') continue;
				yield {at: feature, message: `${arch} has no <${name}>`, cure: 'take it out', edits: takeElement(feature)};
			}
			const tseg = childOf(one('features/smm'), 'tseg');
			if (tseg !== undefined && machine !== 'q35' && machine !== '') {
				yield {at: tseg, culprit: 'tseg', message: 'Only a q35 machine has <tseg>', cure: "take it out, or machine='q35'", edits: takeElement(tseg)};
			}
		},
	},
	{
		id: 'retries-too-few',
		drivers: machines,
		level: 'error',
		about: 'Spinlocks of Hyper-V are tried 4095 times or more.',
		*find({one}) {
			const spinlocks = one('features/hyperv/spinlocks');
			const retries = integerOf(valueOf(spinlocks, 'retries'));
			if (spinlocks === undefined || retries === undefined || retries >= 4095) return;
			yield {
				at: spinlocks,
				attribute: 'retries',
				message: 'The retries of <spinlocks> are at least 4095',
				cure: "retries='4095'",
				edits: setValue(spinlocks, 'retries', '4095'),
			};
		},
	},
	{
		id: 'timezone-missing',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: "A clock with offset='timezone' names the time zone.",
		*find({one}) {
			const clock = one('clock');
			if (clock === undefined || valueOf(clock, 'offset') !== 'timezone' || valueOf(clock, 'timezone') !== undefined) return;
			yield {
				at: clock,
				attribute: 'offset',
				message: 'The clock has no time zone',
				cure: "timezone='Europe/Berlin', or offset='localtime'",
			};
		},
	},
	{
		id: 'timer-of-other-machine',
		drivers: machines,
		level: 'error',
		about: 'A timer and its policy are ones that QEMU has.',
		*find({all}) {
			for (const timer of all('clock/timer')) {
				const [name = '', policy] = [valueOf(timer, 'name'), valueOf(timer, 'tickpolicy')];
				if (name === 'platform') {
					yield {at: timer, attribute: 'name', message: `QEMU has no timer '${name}'`, cure: 'take it out', edits: takeElement(timer)};
				} else if ((name === 'rtc' && !['delay', 'catchup', undefined].includes(policy)) || (name === 'pit' && policy === 'merge')) {
					const better = name === 'rtc' ? 'catchup' : 'delay';
					yield {
						at: timer,
						attribute: 'tickpolicy',
						message: `The timer '${name}' knows no policy '${policy}'`,
						cure: `tickpolicy='${better}'`,
						edits: setValue(timer, 'tickpolicy', better),
					};
				}
			}
		},
	},
];
