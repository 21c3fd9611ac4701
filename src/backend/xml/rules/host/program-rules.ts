import type {ScannedElement} from '../../scan/scanned.ts';
import type {DocumentHost} from '../document-host.ts';
import {textIn, valueOf} from '../domain-view.ts';
import {both, machines, type Flaw, type HostRule} from '../rule.ts';

/** Where the packages of distributions have these programs. */
const containerPrograms = ['/usr/lib/libvirt/libvirt_lxc', '/usr/libexec/libvirt_lxc', '/usr/local/libexec/libvirt_lxc'];
const sharePrograms = ['/usr/libexec/virtiofsd', '/usr/lib/virtiofsd', '/usr/lib/qemu/virtiofsd', '/usr/libexec/qemu/virtiofsd', '/usr/bin/virtiofsd'];
const tpmPrograms = ['/usr/bin/swtpm', '/usr/local/bin/swtpm'];
const numaPrograms = ['/usr/bin/numad', '/usr/sbin/numad'];

/** Programs that a document asks for. */
export const programRules: readonly HostRule[] = [
	{
		id: 'emulator-missing',
		drivers: both,
		level: 'error',
		about: 'The program in <emulator> is there.',
		async *find({driver, all, arch}, host) {
			const candidates =
				driver === 'lxc'
					? containerPrograms
					: [`/usr/bin/qemu-system-${arch || 'x86_64'}`, '/usr/bin/qemu-kvm', '/usr/libexec/qemu-kvm', '/usr/bin/kvm'];
			for (const emulator of all('devices/emulator')) yield* missingProgram({at: emulator, path: textIn(emulator), candidates}, host);
		},
	},
	{
		id: 'share-program-missing',
		drivers: machines,
		level: 'error',
		about: 'The program in <binary> is there.',
		async *find({all}, host) {
			for (const binary of all('devices/filesystem/binary')) {
				const path = valueOf(binary, 'path');
				if (path !== undefined) yield* missingProgram({at: binary, attribute: 'path', path, candidates: sharePrograms}, host);
			}
		},
	},
	{
		id: 'tpm-program-missing',
		drivers: machines,
		level: 'warning',
		about: 'An emulated TPM needs swtpm.',
		async *find({all}, host) {
			const backend = all('devices/tpm/backend').find((each) => valueOf(each, 'type') === 'emulator');
			if (backend === undefined || (await firstOf(tpmPrograms, host)) !== undefined) return;
			yield {at: backend, attribute: 'type', message: 'An emulated TPM needs swtpm, which is not installed', cure: 'install swtpm, or take the TPM out'};
		},
	},
	{
		id: 'placement-program-missing',
		drivers: both,
		level: 'error',
		about: "placement='auto' needs numad.",
		async *find({all}, host) {
			for (const at of [...all('vcpu'), ...all('numatune/memory')]) {
				if (valueOf(at, 'placement') !== 'auto' || (await firstOf(numaPrograms, host)) !== undefined) continue;
				yield {
					at,
					attribute: 'placement',
					message: "placement='auto' needs numad, which is not installed",
					cure: "placement='static'",
				};
			}
		},
	},
];

async function firstOf(paths: readonly string[], host: DocumentHost): Promise<string | undefined> {
	for (const path of paths) if ((await host.kindOf(path)) === 'file') return path;
	return undefined;
}

interface Program {
	readonly at: ScannedElement;
	readonly attribute?: string;
	readonly path: string;
	readonly candidates: readonly string[];
}

async function* missingProgram({at, attribute, path, candidates}: Program, host: DocumentHost): AsyncGenerator<Flaw> {
	if (!path.startsWith('/') || ['file', 'unknown'].includes(await host.kindOf(path))) return;
	const found = await firstOf(candidates, host);
	yield {
		at,
		attribute,
		message: `There is no program '${path}'`,
		cure: found ?? 'a program that is there',
	};
}
