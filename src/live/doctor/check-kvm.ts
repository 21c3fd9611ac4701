import {accessSync, constants, existsSync, globSync} from 'node:fs';
import {arch} from 'node:os';
import {cacheBase} from '../../backend/host/cache.ts';
import {kvmVerdictFile, readKvmVerdict} from '../../backend/machine/boot/kvm.ts';
import type {Finding} from '../../commands/sandboxes.ts';
import {ShellError} from '../../core/errors.ts';
import {broken, findProgram, installCommand, missing, ok, unknown, type DiagnoseOptions} from './finding.ts';
import {probeKvm} from './probe-kvm.ts';

const emulation = 'machines are emulated, which is slow';

/** QEMU, and whether a guest really runs under KVM. */
export async function* checkKvm({caller, signal}: DiagnoseOptions): AsyncGenerator<Finding> {
	const name = 'qemu-system-x86_64';
	if (arch() !== 'x64') {
		yield missing('machine', 'processor', `machines run on x86-64, this is ${arch()}`, null);
		return;
	}
	const qemu = findProgram(name) ?? findProgram('qemu-kvm');
	if (qemu === undefined) {
		yield missing('machine', name, 'not installed: no machines', installCommand('qemu-system-x86', 'qemu-kvm'));
		return;
	}
	yield ok('machine', name, qemu);
	if (!existsSync('/dev/kvm')) {
		yield missing(
			'machine',
			'kvm',
			`there is no /dev/kvm: ${emulation}`,
			`modprobe kvm_intel || modprobe kvm_amd, and turn virtualisation on in the firmware`,
		);
		return;
	}
	try {
		accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
	} catch {
		yield broken('machine', 'kvm', `/dev/kvm may not be opened by this user: ${emulation}`, 'usermod -aG kvm USER');
		return;
	}
	// What machines have shown here counts more than a tiny guest.
	let cache: string;
	try {
		cache = cacheBase(caller);
	} catch (error) {
		if (!(error instanceof ShellError)) throw error;
		yield broken('machine', 'cache', error.message, error.hint ?? null);
		return;
	}
	const verdicts = globSync('/boot/vmlinuz-*').map((image) => readKvmVerdict(kvmVerdictFile(cache, image.slice('/boot/vmlinuz-'.length))));
	const refuted = verdicts.find((verdict) => verdict?.works === false);
	if (refuted !== undefined) {
		yield broken('machine', 'kvm', `${refuted.reason}: ${emulation}`, 'virt-sandbox --backend machine --accel kvm true');
		return;
	}
	if (verdicts.some((verdict) => verdict?.works === true)) {
		yield ok('machine', 'kvm', 'machines have booted under KVM');
		return;
	}
	const fault = await probeKvm(qemu, signal);
	yield fault === undefined
		? unknown('machine', 'kvm', 'a tiny guest ran under KVM; the first machine will show whether a kernel boots')
		: broken('machine', 'kvm', `/dev/kvm is there, but a guest does not run (${fault}): ${emulation}`, null);
}
