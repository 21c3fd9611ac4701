import {ShellError} from '../../core/errors.ts';
import {readOwnerRecord, writeOwnerRecord} from '../guest/state/state-directory.ts';

/** libvirtd may still be making a sandbox that nobody waits for any more: what was laid out for that stays. */
export class CreateUnanswered extends ShellError {
	constructor(cause: unknown) {
		super('unavailable', 'libvirtd does not answer: whatever it still makes of the sandbox is removed later', {
			hint: '`virt-sandbox --clean` does so, once libvirtd answers',
			cause,
		});
	}
}

/** The time of the command is over before it could begin. */
export class StartTimedOut extends ShellError {
	constructor() {
		super('unavailable', 'libvirtd has not made the sandbox in time', {hint: '`virt-sandbox-shell doctor` tells whether it answers'});
	}
}

/** How long a hundred that start at once may wait for libvirtd, whatever time their commands have. */
const leastMs = 30_000;

/** Waits until libvirtd has made a sandbox, but not longer than its command would have run. */
export async function createInTime<Result>(creating: Promise<Result>, timeoutMs: number | undefined, least = leastMs): Promise<Result> {
	if (timeoutMs === undefined) return creating;
	const late = Promise.withResolvers<never>();
	const timer = setTimeout(() => late.reject(new StartTimedOut()), Math.max(timeoutMs, least));
	try {
		return await Promise.race([creating, late.promise]);
	} finally {
		clearTimeout(timer);
	}
}

/** Nobody keeps what comes of it: `--clean` ends it, also what was to stay. */
export function disown(path: string): void {
	const record = readOwnerRecord(path);
	if (record?.lifetime === 'keep') writeOwnerRecord(path, {...record, lifetime: 'client'});
}
