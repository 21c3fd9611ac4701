import {ShellError} from '../../../core/errors.ts';
import type {Kernel} from '../../../spec/types.ts';
import type {Voice} from '../../types.ts';
import type {AccelChoice} from '../machine-document.ts';
import {findKvmFault, readKvmVerdict, writeKvmVerdict} from './kvm.ts';
import {BootFailure, kvmFault} from './machine-boot.ts';

/** What to run a machine with: what was asked for, else what is known of this host, else KVM on trial. Only a boot proves KVM: its device may be there and fail every guest. */
export function chooseAccel(accel: Kernel['accel'], {verdictFile, isSession}: {readonly verdictFile: string; readonly isSession: boolean}): AccelChoice {
	if (accel === 'tcg') return {domainType: 'qemu', reason: 'asked for', isProbe: false};
	const fault = findKvmFault('/dev/kvm', isSession);
	if (accel === 'kvm') {
		if (fault === undefined) return {domainType: 'kvm', reason: 'asked for', isProbe: false};
		throw new ShellError('unavailable', `KVM cannot be used: ${fault}`, {
			hint: 'Use --accel auto or tcg; or load the module kvm_intel or kvm_amd, and join the group kvm',
		});
	}
	accel satisfies 'auto';
	if (fault !== undefined) return {domainType: 'qemu', reason: fault, isProbe: false};
	const verdict = readKvmVerdict(verdictFile);
	if (verdict === undefined) return {domainType: 'kvm', reason: 'to be seen whether it works here', isProbe: true};
	return verdict.works ? {domainType: 'kvm', reason: 'it has worked here', isProbe: true} : {domainType: 'qemu', reason: verdict.reason, isProbe: false};
}

/** What is heard of one way of running a machine. */
export interface AttemptEvents {
	/** Its guest speaks. */
	readonly onHello: () => void;
	/** It has failed, and something of it could not be put away. */
	readonly onLeft: () => void;
}

type Attempt<Machine> = (accel: AccelChoice, events: AttemptEvents) => Promise<Machine>;

/**
 * Starts a machine, and where KVM is on trial and does not boot it, starts it once more under emulation. What is kept of that is for good,
 * so KVM is given up only where the same machine then does boot: not for any other failure of a start, nor for a boot that was late where
 * emulation is no faster, as in a guest whose own processor is emulated.
 */
export async function startOnTrial<Machine>(
	accel: AccelChoice,
	{verdictFile, voice, attempt}: {readonly verdictFile: string; readonly voice: Voice; readonly attempt: Attempt<Machine>},
): Promise<Machine> {
	let isLeft = false;
	const begin = (choice: AccelChoice, onHello: () => void): Promise<Machine> => attempt(choice, {onHello, onLeft: () => (isLeft = true)});
	if (!accel.isProbe) return begin(accel, () => undefined);
	try {
		return await begin(accel, () => writeKvmVerdict(verdictFile, {works: true, reason: 'it has worked here'}));
	} catch (error) {
		// A QEMU that does not end still has its images.
		if (!(error instanceof BootFailure) || isLeft) throw error;
		const {isOfProcessor, givenMs = Infinity, message} = error;
		const reason = message.startsWith(kvmFault) ? message : `${kvmFault}: ${message}`;
		voice.notice('warning', 'kvm', `${reason}. The machine is emulated, which is slower`, 'Try it again with --accel kvm');
		const began = performance.now();
		return begin({domainType: 'qemu', reason, isProbe: false}, () => {
			if (isOfProcessor && performance.now() - began < givenMs) writeKvmVerdict(verdictFile, {works: false, reason});
		});
	}
}
