import {childOf, childrenOf, cpusOf, integerOf, repeated, textIn, valueOf} from '../domain-view.ts';
import {setValue, takeElement} from '../edits.ts';
import {both, containers, machines, type Rule} from '../rule.ts';

/** Virtual CPUs, and what they are. */
export const processorRules: readonly Rule[] = [
	{
		id: 'current-vcpus-more',
		drivers: both,
		level: 'error',
		about: 'The current number of virtual CPUs is no more than <vcpu>.',
		*find({one}) {
			const vcpu = one('vcpu');
			const [current, most] = [integerOf(valueOf(vcpu, 'current')), integerOf(textIn(vcpu))];
			if (vcpu === undefined || current === undefined || most === undefined || current <= most) return;
			yield {
				at: vcpu,
				attribute: 'current',
				message: `${current} of ${most} virtual CPUs are more than there are`,
				cure: `current='${most}'`,
				edits: setValue(vcpu, 'current', String(most)),
			};
		},
	},
	{
		id: 'too-many-vcpus',
		drivers: machines,
		level: 'error',
		about: 'An i440fx machine has at most 255 virtual CPUs.',
		*find({one, machine}) {
			const vcpu = one('vcpu');
			if (vcpu === undefined || machine !== 'i440fx' || (integerOf(textIn(vcpu)) ?? 0) <= 255) return;
			yield {at: vcpu, message: `A machine of the type i440fx has at most 255 virtual CPUs`, cure: "fewer, or machine='q35'"};
		},
	},
	{
		id: 'topology-not-vcpus',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: 'The topology makes up as many CPUs as <vcpu> says.',
		*find({one}) {
			const topology = one('cpu/topology');
			const vcpus = integerOf(textIn(one('vcpu')) || '1');
			if (topology === undefined || vcpus === undefined) return;
			const names = ['sockets', 'dies', 'clusters', 'cores', 'threads'].filter((name) => valueOf(topology, name) !== undefined);
			const counts = names.map((name) => integerOf(valueOf(topology, name)) ?? 0);
			const product = counts.reduce((all, each) => all * each, 1);
			if (product === vcpus || product === 0) return;
			const rest = product / (integerOf(valueOf(topology, 'cores')) ?? 1);
			const cores = vcpus / rest;
			yield {
				at: topology,
				...(valueOf(topology, 'cores') !== undefined && {attribute: 'cores'}),
				culprit: `${counts.join('×')} ≠ ${vcpus}`,
				message: `The topology makes up ${product} CPUs, and <vcpu> says ${vcpus}`,
				cure: Number.isInteger(cores) && cores > 0 ? `cores='${cores}', or <vcpu>${product}</vcpu>` : `<vcpu>${product}</vcpu>`,
			};
		},
	},
	{
		id: 'processor-mode-with-model',
		drivers: machines,
		level: 'warning',
		about: 'A <model> goes with the mode custom; with another one libvirt drops it.',
		*find({one}) {
			const [cpu, model] = [one('cpu'), one('cpu/model')];
			const mode = valueOf(cpu, 'mode');
			if (model === undefined || textIn(model) === '' || (mode !== 'maximum' && mode !== 'host-passthrough')) return;
			yield {
				at: model,
				message: `mode='${mode}' takes no model: libvirt drops it`,
				cure: "mode='custom', or take the model out",
				edits: takeElement(model),
			};
		},
	},
	{
		id: 'processor-features-without-model',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: 'Features of a CPU go with a model of it, or with a mode that has one.',
		*find({one, all}) {
			const cpu = one('cpu');
			const [feature] = all('cpu/feature');
			if (cpu === undefined || feature === undefined || one('cpu/model') !== undefined || !['custom', undefined].includes(valueOf(cpu, 'mode'))) return;
			yield {at: feature, attribute: 'name', message: 'The CPU has features, and no model', cure: "<model>…</model> before it, or mode='host-model'"};
		},
	},
	{
		id: 'processor-feature-twice',
		drivers: machines,
		level: 'error',
		about: 'Each feature of the CPU is there once.',
		*find({all}) {
			for (const [feature] of repeated(all('cpu/feature'), (each) => valueOf(each, 'name'))) {
				yield {
					at: feature,
					attribute: 'name',
					message: `The feature '${valueOf(feature, 'name')}' is there twice`,
					cure: 'take one out',
				};
			}
		},
	},
	{
		id: 'host-processor-emulated',
		drivers: machines,
		level: 'error',
		about: "The host's CPU is passed through by KVM alone.",
		*find({root, one}) {
			const cpu = one('cpu');
			if (cpu === undefined || valueOf(cpu, 'mode') !== 'host-passthrough' || valueOf(root, 'type') !== 'qemu') return;
			yield {
				at: cpu,
				attribute: 'mode',
				message: "An emulated machine cannot have the host's CPU",
				cure: "mode='maximum', or type='kvm' of the domain",
				edits: setValue(cpu, 'mode', 'maximum'),
			};
		},
	},
	{
		id: 'node-processors',
		drivers: machines,
		level: 'error',
		about: 'Each virtual CPU is in one NUMA node, and all of them are below <vcpu>.',
		*find({one, all}) {
			const count = integerOf(textIn(one('vcpu')) || '1') ?? Number.POSITIVE_INFINITY;
			const seen = new Set<number>();
			for (const cell of all('cpu/numa/cell')) {
				const cpus = [...(cpusOf(valueOf(cell, 'cpus')) ?? [])];
				const twice = cpus.find((cpu) => seen.has(cpu));
				if (twice !== undefined)
					yield {at: cell, attribute: 'cpus', message: `The virtual CPU ${twice} is in two NUMA nodes`, cure: 'each one in one node'};
				else if (cpus.some((cpu) => cpu >= count))
					yield {
						at: cell,
						attribute: 'cpus',
						message: `There are ${count} virtual CPUs: 0 to ${count - 1}`,
						cure: `those of them, or a larger <vcpu>`,
					};
				for (const cpu of cpus) seen.add(cpu);
			}
			for (const [cell] of repeated(all('cpu/numa/cell'), (each) => valueOf(each, 'id'))) {
				yield {at: cell, attribute: 'id', message: `Two NUMA nodes have the number ${valueOf(cell, 'id')}`, cure: 'another number'};
			}
		},
	},
	{
		id: 'node-missing',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: '<memnode> is of a NUMA node of the guest.',
		*find({all}) {
			const nodes = all('cpu/numa/cell').map((cell, index) => valueOf(cell, 'id') ?? String(index));
			for (const memnode of all('numatune/memnode')) {
				const id = valueOf(memnode, 'cellid') ?? '';
				if (nodes.includes(id)) continue;
				yield {
					at: memnode,
					attribute: 'cellid',
					message: `The guest has no NUMA node ${id}`,
					cure: nodes.length === 0 ? 'take it out' : `one of ${nodes.join(', ')}`,
				};
			}
		},
	},
	{
		id: 'container-processor',
		drivers: containers,
		level: 'warning',
		about: "A container runs on the host's CPUs: <cpu> has no effect on it.",
		*find({one}) {
			const cpu = one('cpu');
			if (cpu === undefined || childrenOf(cpu, 'numa/cell').length > 0 || childOf(cpu, 'topology') !== undefined) return;
			yield {at: cpu, message: "A container runs on the host's CPUs: <cpu> has no effect", cure: 'take it out', edits: takeElement(cpu)};
		},
	},
];
