import type {Finding} from '../commands/sandboxes.ts';
import {checkConnection} from './doctor/check-connection.ts';
import {checkDaemons} from './doctor/check-daemons.ts';
import {checkHost} from './doctor/check-host.ts';
import {checkIdmap} from './doctor/check-idmap.ts';
import {checkKernels} from './doctor/check-kernels.ts';
import {checkKvm} from './doctor/check-kvm.ts';
import {checkTools} from './doctor/check-tools.ts';
import {forOrdinaryUser, type DiagnoseOptions} from './doctor/finding.ts';

/** Looks at everything a sandbox needs of this host. What it tries out it ends, and leaves nothing behind but the libvirtd of our own, which ends by itself. */
export async function* diagnose(options: DiagnoseOptions): AsyncGenerator<Finding> {
	for (const check of [checkDaemons, checkHost, checkTools, checkKvm, checkKernels, checkConnection, checkIdmap]) {
		options.signal.throwIfAborted();
		for await (const finding of check(options)) yield options.caller.uid === 0 ? finding : forOrdinaryUser(finding);
	}
}
