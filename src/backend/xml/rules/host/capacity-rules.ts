import {nearestWord} from '../../../../core/nearest-word.ts';
import {bytesOf, childOf, cpusOf, textIn, valueOf} from '../domain-view.ts';
import {both, machines, type HostRule} from '../rule.ts';

/** What the host has and has not. */
export const capacityRules: readonly HostRule[] = [
	{
		id: 'label-model-missing',
		drivers: both,
		level: 'error',
		about: 'The security model of a label is one that the host has.',
		async *find({all}, host) {
			const known = await host.labelModels();
			for (const label of [...all('seclabel'), ...all('devices/disk/source/seclabel')]) {
				const model = valueOf(label, 'model');
				if (model === undefined || model === 'none' || known.has(model)) continue;
				const name = {selinux: 'SELinux', apparmor: 'AppArmor'}[model] ?? `security model '${model}'`;
				yield {
					at: label,
					attribute: 'model',
					message: `This host has no ${name}`,
					cure: known.size > 0 ? `${[...known].map((each) => `model='${each}'`).join(' or ')}, or take it out` : 'take it out',
				};
			}
		},
	},
	{
		id: 'host-interface-missing',
		drivers: both,
		level: 'error',
		about: 'The bridge or the interface of the host that an interface is put on is there.',
		async *find({all}, host) {
			for (const source of all('devices/interface/source')) {
				const type = valueOf(source.parent, 'type') ?? '';
				const attribute = type === 'bridge' ? 'bridge' : type === 'direct' ? 'dev' : undefined;
				const name = attribute === undefined ? undefined : valueOf(source, attribute);
				if (attribute === undefined || name === undefined || !/^[\w.:-]{1,15}$/.test(name) || childOf(source.parent, 'virtualport') !== undefined)
					continue;
				if ((await host.kindOf(`/sys/class/net/${name}`)) !== 'nothing') continue;
				const names = (await host.namesIn('/sys/class/net')) ?? [];
				const near = nearestWord(name, names);
				yield {
					at: source,
					attribute,
					message: `The host has no ${type === 'bridge' ? 'bridge' : 'interface'} '${name}'`,
					cure: near === undefined ? "one that is there, or type='network'" : `is '${near}' meant?`,
				};
			}
		},
	},
	{
		id: 'host-processor-missing',
		drivers: both,
		level: 'error',
		about: 'A guest runs on CPUs that the host has.',
		async *find({all}, host) {
			const {cpus} = await host.size();
			if (cpus === undefined) return;
			for (const at of [...all('vcpu'), ...['vcpupin', 'emulatorpin', 'iothreadpin'].flatMap((name) => all(`cputune/${name}`))]) {
				const list = cpusOf(valueOf(at, 'cpuset'));
				if (list === undefined || ![...list].some((cpu) => cpu >= cpus)) continue;
				yield {
					at,
					attribute: 'cpuset',
					message: `This host has the CPUs 0 to ${cpus - 1}`,
					cure: `cpuset='0-${cpus - 1}'`,
				};
			}
		},
	},
	{
		id: 'more-memory-than-host',
		drivers: both,
		level: 'warning',
		about: 'A guest has no more memory than the host.',
		async *find({one}, host) {
			const {memory} = await host.size();
			const element = one('memory');
			const bytes = bytesOf(element);
			if (element === undefined || memory === undefined || bytes === undefined || bytes <= memory) return;
			yield {at: element, message: `This host has ${Math.floor(memory / 1024 ** 2)} MiB of memory`, cure: 'less'};
		},
	},
	{
		id: 'kvm-missing',
		drivers: machines,
		level: 'error',
		about: "type='kvm' needs /dev/kvm.",
		async *find({root}, host) {
			if (valueOf(root, 'type') !== 'kvm' || (await host.kindOf('/dev/kvm')) !== 'nothing') return;
			yield {
				at: root,
				attribute: 'type',
				message: 'This host has no /dev/kvm',
				cure: "type='qemu': slower, by emulation",
			};
		},
	},
	{
		id: 'processor-model-unknown',
		drivers: machines,
		level: 'error',
		about: 'The model of the CPU is one that libvirt knows.',
		async *find({one, arch}, host) {
			const model = one('cpu/model');
			const family = /^(?:x86_64|i686)$/.test(arch) ? 'x86' : undefined;
			if (
				model === undefined ||
				family === undefined ||
				textIn(model) === '' ||
				['maximum', 'host-passthrough', 'host-model'].includes(valueOf(one('cpu'), 'mode') ?? '')
			)
				return;
			const names = ((await host.namesIn('/usr/share/libvirt/cpu_map')) ?? []).flatMap(
				(name) => /^x86_(?!features|vendors)(.+)\.xml$/.exec(name)?.[1] ?? [],
			);
			const text = textIn(model);
			// Its versions are kept in one file with it by some releases.
			if (names.length === 0 || names.includes(text) || names.includes(text.replace(/-v\d+$/, ''))) return;
			const near = nearestWord(text, names);
			yield {
				at: model,
				message: `libvirt knows no CPU '${text}'`,
				cure: near ?? "one that 'virsh cpu-models x86_64' tells",
			};
		},
	},
];
