import type {Idmap, SandboxSpec} from '../../../spec/types.ts';
import {element, type Cause, type Element} from '../../xml/element.ts';
import {makeIdentity, makeInterface, makeLifecycle, makeSizes, makeTuning} from '../../domain/common.ts';
import {makeMetadata} from '../../domain/metadata.ts';
import {makeFilesystems} from './filesystems.ts';
import type {ContainerLayout, LayoutDisk} from './layout.ts';

/** What root in a container keeps. Not sys_admin (it undoes read-only mounts) and not dac_read_search (it opens files of the host by handle). */
const grantedCapabilities = ['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'net_bind_service', 'setgid', 'setpcap', 'setuid'] as const;

function makeFeatures(spec: SandboxSpec): Element {
	const networked = spec.networks.length > 0;
	const grants = [
		element('wake_alarm', {state: 'on'}, [], {kind: 'backend', text: "the init's alone: a command with fewer capabilities cannot look into it"}),
		...grantedCapabilities.map((name) => element(name, {state: 'on'})),
		...(networked ? [element('net_admin', {state: 'on'}, [], {kind: 'option', text: 'network: the init sets up addresses'})] : []),
		...(spec.networks.some(({dhcp}) => dhcp) ? [element('net_raw', {state: 'on'}, [], {kind: 'option', text: 'network: the init asks for a lease'})] : []),
	].toSorted((a, b) => (a.name < b.name ? -1 : 1));
	return element('features', {}, [
		element('privnet', {}, [], networked ? {kind: 'backend', text: 'a network stack of its own'} : {kind: 'default', text: 'default: no network'}),
		element('capabilities', {policy: 'deny'}, grants, {kind: 'backend', text: 'root in the sandbox cannot change the host'}),
	]);
}

function makeIdmap({start, count}: Idmap): Element {
	const range = {start: 0, target: start, count};
	return element('idmap', {}, [element('uid', range), element('gid', range)], {kind: 'option', text: `idmap ${start}:${count}`});
}

function makeDisk(disk: LayoutDisk, index: number): Element {
	const driver = disk.format === 'raw' ? {name: 'loop', type: 'raw'} : {name: 'nbd', type: disk.format};
	return element(
		'disk',
		{type: 'file', device: 'disk'},
		[
			element('driver', driver),
			element('source', {file: disk.source}),
			element('target', {dev: diskName(index), bus: 'scsi'}),
			disk.readonly && element('readonly'),
		],
		disk.cause,
	);
}

/** The name of the disk's node in the guest's /dev: sda, sdb, …, sdz, sdaa. */
export function diskName(index: number): string {
	const letter = String.fromCharCode(97 + (index % 26));
	return index < 26 ? `sd${letter}` : `${diskName(Math.floor(index / 26) - 1)}${letter}`;
}

function makeConsoles(spec: SandboxSpec, count: number): Element[] {
	return Array.from({length: count}, (_, index) => {
		const cause: Cause =
			index === 0 && spec.tty ? {kind: 'option', text: "tty: the command's terminal"} : {kind: 'backend', text: 'consoles for the shell and for exec'};
		return element('console', {type: 'pty'}, [], cause);
	});
}

/** The domain of a container: a spec, on what was laid out for it on the host, as the document that libvirt's LXC driver starts. */
export function makeContainerDomain(spec: SandboxSpec, layout: ContainerLayout): Element {
	const backend = (text: string): Cause => ({kind: 'backend', text});
	return element(
		'domain',
		{type: 'lxc'},
		[
			...makeIdentity(spec, layout.name, layout.uuid),
			makeMetadata(layout.metadata),
			...makeSizes(spec.limits),
			...makeTuning(spec.limits, {period: 'period', quota: 'quota'}),
			element('os', {}, [element('type', {}, ['exe']), element('init', {}, [layout.init])], backend("the sandbox's own init")),
			spec.idmap !== undefined && makeIdmap(spec.idmap),
			makeFeatures(spec),
			...makeLifecycle(),
			element('devices', {}, [
				...(layout.disks ?? []).map(makeDisk),
				...makeFilesystems(layout, spec.idmap !== undefined),
				...spec.networks.map(makeInterface),
				...makeConsoles(spec, layout.consoles),
			]),
			...(layout.seclabels ?? []),
		],
		backend('a container of libvirt'),
	);
}
