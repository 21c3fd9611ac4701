import {defaultSpec} from '../../spec/default-spec.ts';
import type {Limits, Network, SandboxSpec} from '../../spec/types.ts';
import {formatNetwork} from '../../spec/parse/parse-network.ts';
import {element, type Cause, type Element} from '../xml/element.ts';

/** The cause of a part whose value is the default's or was set. */
function causeOf(set: boolean, option: string, fallback: string): Cause {
	return set ? {kind: 'option', text: option} : {kind: 'default', text: fallback};
}

/** `<memory>` and `<vcpu>`. */
export function makeSizes(limits: Limits): Element[] {
	const memorySet = limits.memoryKiB !== defaultSpec.limits.memoryKiB;
	const vcpusSet = limits.vcpus !== defaultSpec.limits.vcpus;
	return [
		element('memory', {unit: 'KiB'}, [limits.memoryKiB], causeOf(memorySet, 'limit memory', 'default: 512 MiB of memory')),
		element('vcpu', {}, [limits.vcpus], causeOf(vcpusSet, 'limit vcpus', 'default: one CPU')),
	];
}

/** Microseconds over which the CPU quota counts: the kernel's own default. */
const cpuPeriodUs = 100_000;

/** `<memtune>`, `<cputune>` and `<blkiotune>`, as far as limits ask for them. `quota`: a driver may have one for each CPU, and one for the whole. */
export function makeTuning(limits: Limits, quota: {readonly period: string; readonly quota: string}): Element[] {
	const {memoryKiB, swapKiB, cpuShares, cpuQuotaPercent, ioWeight} = limits;
	const option = (text: string): Cause => ({kind: 'option', text});
	// The kernel counts memory and swap together here.
	const memory = swapKiB !== undefined && [
		element('hard_limit', {unit: 'KiB'}, [memoryKiB]),
		element('swap_hard_limit', {unit: 'KiB'}, [memoryKiB + swapKiB]),
	];
	const cpu = [
		cpuShares !== undefined && element('shares', {}, [cpuShares], option('limit cpu-shares')),
		cpuQuotaPercent !== undefined && [
			element(quota.period, {}, [cpuPeriodUs], option('limit cpu-quota')),
			element(quota.quota, {}, [(cpuQuotaPercent * cpuPeriodUs) / 100], option('limit cpu-quota')),
		],
	];
	const tuning = [
		memory && element('memtune', {}, memory, option('limit swap')),
		cpu.some((each) => each !== false) && element('cputune', {}, cpu, option(cpuShares === undefined ? 'limit cpu-quota' : 'limit cpu-shares')),
		ioWeight !== undefined && element('blkiotune', {}, [element('weight', {}, [ioWeight])], option('limit io-weight')),
	];
	return tuning.filter((each) => each !== false);
}

/** What libvirt does when the guest ends by itself: in a sandbox always the end. */
export function makeLifecycle(): Element[] {
	const cause: Cause = {kind: 'backend', text: 'a sandbox ends with its command'};
	return ['on_poweroff', 'on_reboot', 'on_crash'].map((name) => element(name, {}, ['destroy'], cause));
}

/** One `<interface>` on a libvirt network; addresses and routes are set by the init. */
export function makeInterface(network: Network): Element {
	const {filter, isolated} = network;
	return element(
		'interface',
		{type: 'network'},
		[
			network.mac !== undefined && element('mac', {address: network.mac}),
			element('source', {network: network.source ?? 'default'}),
			isolated && element('port', {isolated: 'yes'}),
			filter !== undefined &&
				element(
					'filterref',
					{filter: filter.name},
					Object.entries(filter.parameters).map(([name, value]) => element('parameter', {name, value})),
				),
		],
		{kind: 'option', text: `network ${formatNetwork(network)}`},
	);
}

/** The first name and uuid elements of a domain. */
export function makeIdentity(spec: SandboxSpec, name: string, uuid: string | undefined): Array<Element | undefined> {
	return [
		element('name', {}, [name], causeOf(spec.name !== undefined, `name ${name}`, 'default: a free name')),
		uuid === undefined ? undefined : element('uuid', {}, [uuid], {kind: 'backend', text: 'an identity chosen before the start'}),
	];
}
