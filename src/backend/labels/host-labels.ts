import {existsSync, openSync, closeSync, readSync, writeSync} from 'node:fs';
import {isCode} from '../../core/is-code.ts';
import {labelTraits, type LabelTraits} from '../domain/label-traits.ts';
import {ifThere} from '../host/files/if-there.ts';
import {readOrEmpty} from '../host/files/read-or-empty.ts';

/** What the kernel of this host can label processes with. */
export interface HostLabels {
	readonly selinux: boolean;
	readonly apparmor: boolean;
}

/** Where the label is in the policy's files, and the label where the policy does not say. */
const forms = {lxc_contexts: /^\s*file\s*=\s*"?([^\s"]+)/m, virtual_image_context: /^\s*([^\s#:]+:[^\s:]+:\S+)/m} as const;
const usual = {lxc_contexts: 'system_u:object_r:container_file_t:s0', virtual_image_context: 'system_u:object_r:svirt_image_t:s0'} as const;

/** Looks at two files of the kernel. */
export function findHostLabels(root = ''): HostLabels {
	return {
		selinux: existsSync(`${root}/sys/fs/selinux/enforce`),
		apparmor: readOrEmpty(`${root}/sys/module/apparmor/parameters/enabled`).startsWith('Y'),
	};
}

/** Whether SELinux only reports what it would refuse. */
export function isPermissive(root = ''): boolean {
	return readOrEmpty(`${root}/sys/fs/selinux/enforce`).startsWith('0');
}

/** The label that the host's SELinux policy has for what domains of a type (`lxc`, `kvm`, `qemu`) share with it. */
export function fileLabel(domainType: string, root = ''): string {
	const {contexts} = labelTraits(domainType);
	return forms[contexts].exec(readContexts(contexts, root))?.[1] ?? usual[contexts];
}

function readContexts(name: LabelTraits['contexts'], root: string): string {
	const policy = /^\s*SELINUXTYPE\s*=\s*([\w.-]+)/m.exec(readOrEmpty(`${root}/etc/selinux/config`))?.[1];
	return policy === undefined ? '' : readOrEmpty(`${root}/etc/selinux/${policy}/contexts/${name}`);
}

/** The label of this process, without AppArmor's mode; empty where it has none. */
export function ownLabel(): string {
	return cleanLabel(readOrEmpty('/proc/self/attr/current'));
}

/** The label of a container's init, by the pid of its controller, as the kernel sees it; undefined where this process cannot look. */
export function guestLabel(controllerPid: number): string | undefined {
	if (controllerPid <= 1) return undefined;
	const [init] = readOrEmpty(`/proc/${controllerPid}/task/${controllerPid}/children`).split(' ');
	const label = init === undefined || !/^\d+$/.test(init) ? '' : cleanLabel(readOrEmpty(`/proc/${init}/attr/current`));
	return label === '' ? undefined : label;
}

/** A label as it is compared: without the kernel's closing NUL or newline and without AppArmor's mode. */
export function cleanLabel(text: string): string {
	return text
		.replace(/[\0\n]+$/, '')
		.replace(/ \((?:enforce|complain|kill|unconfined|prompt)\)$/, '')
		.trim();
}

/**
 * A context in the words of the loaded policy: aliases and the order of categories settled.
 * `unknown`: the policy has no such context. Undefined: the kernel cannot be asked.
 */
export function canonicalContext(context: string): {readonly known: boolean; readonly context: string} | undefined {
	const descriptor = ifThere(() => openSync('/sys/fs/selinux/context', 'r+'));
	if (descriptor === undefined) return undefined;
	try {
		writeSync(descriptor, `${context}\0`);
		const buffer = Buffer.alloc(4096);
		const length = readSync(descriptor, buffer);
		return {known: true, context: cleanLabel(buffer.toString('utf8', 0, length))};
	} catch (error) {
		return isCode(error, 'EINVAL') ? {known: false, context} : undefined;
	} finally {
		closeSync(descriptor);
	}
}
