import {writeFileSync} from 'node:fs';
import {ShellError} from '../../core/errors.ts';

const attribute = '/proc/self/attr/fscreate';

/**
 * Runs work whose new files and directories get this SELinux label; undefined: those of the host's own rules.
 *
 * The label belongs to the thread, so only what is made synchronously gets it: children and node's own threads do not,
 * though what they make in a directory that has it takes its type from there.
 */
export function withCreationLabel<Result>(label: string | undefined, work: () => Result): Result {
	if (label === undefined) return work();
	set(label);
	try {
		return work();
	} finally {
		set('');
	}
}

function set(label: string): void {
	try {
		// An empty write is none: a newline takes the label back.
		writeFileSync(attribute, label === '' ? '\n' : label);
	} catch (cause) {
		throw new ShellError('unavailable', `SELinux does not let this process make files with the label ${label}`, {
			hint: 'Without it no container could use its pipes: run as an administrator (unconfined_t or sysadm_t)',
			cause,
		});
	}
}
