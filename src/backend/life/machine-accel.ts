import {ShellError} from '../../core/errors.ts';
import type {Kernel} from '../../spec/types.ts';
import {findKvmFault, readKvmVerdict} from '../host/kvm.ts';
import type {AccelChoice} from './machine-document.ts';

/** What to run a machine with: what was asked for, else what is known of this host, else KVM on trial. Only a boot proves KVM: its device may be there and fail every guest. */
export function chooseAccel(accel: Kernel['accel'], {verdictFile, isSession}: {readonly verdictFile: string; readonly isSession: boolean}): AccelChoice {
	switch (accel) {
		case 'tcg':
			return {domainType: 'qemu', reason: 'asked for', isProbe: false};
		case 'kvm': {
			const fault = findKvmFault('/dev/kvm', isSession);
			if (fault !== undefined) {
				throw new ShellError('unavailable', `KVM cannot be used: ${fault}`, {
					hint: 'Use --accel auto or tcg; or load the module kvm_intel or kvm_amd, and join the group kvm',
				});
			}
			return {domainType: 'kvm', reason: 'asked for', isProbe: false};
		}
		case 'auto': {
			const fault = findKvmFault('/dev/kvm', isSession);
			if (fault !== undefined) return {domainType: 'qemu', reason: fault, isProbe: false};
			const verdict = readKvmVerdict(verdictFile);
			if (verdict === undefined) return {domainType: 'kvm', reason: 'to be seen whether it works here', isProbe: true};
			return verdict.works
				? {domainType: 'kvm', reason: 'it has worked here', isProbe: true}
				: {domainType: 'qemu', reason: verdict.reason, isProbe: false};
		}
		default:
			return accel satisfies never;
	}
}
