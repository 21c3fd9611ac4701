import {ShellError} from '../../core/errors.ts';
import type {Hypervisor} from '../hypervisor.ts';

/** Xen makes the XML of a sandbox, which can be looked at, compared and given to a Xen host; nothing is started. */
export const xen: Hypervisor = {
	async plan(spec, uri, options) {
		const {planStart} = await import('./plan-start.ts');
		return planStart(spec, uri, options);
	},
	start: () => Promise.reject(cannotStart()),
	startCaptured: () => Promise.reject(cannotStart()),
};

function cannotStart(): ShellError {
	return new ShellError('unavailable', 'A guest of Xen cannot be started: that needs a Xen host, and only its XML is made so far', {
		hint: 'See its XML with --dry-run, or `xml` in the shell; use --backend container or machine to run the command',
	});
}
