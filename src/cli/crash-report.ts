import {writeFileSync} from 'node:fs';
import {insteadOf, makeOwnDirectory} from '../backend/host/files/own-directory.ts';
import {ourDirectory} from '../core/base-directories.ts';

/**
 * Writes what went wrong to a file of its own, mode 0600, in the user's state directory: program, command name and stack,
 * nothing of arguments and environment. Gives its path; undefined where it cannot be written.
 */
export function writeCrashReport(error: unknown, command: string): string | undefined {
	const time = new Date().toISOString();
	const text = [`time: ${time}`, `command: ${command}`, `node: ${process.version}`, '', ...stacks(error), ''].join('\n');
	try {
		const directory = makeOwnDirectory(ourDirectory('state', process.env), insteadOf('state'));
		const path = `${directory}/crash-${time.replaceAll(':', '')}-${process.pid}.txt`;
		writeFileSync(path, text, {mode: 0o600});
		return path;
	} catch {
		return undefined;
	}
}

/** The stack of an error and of what caused it, outermost first. */
function stacks(error: unknown): string[] {
	const texts: string[] = [];
	for (let cause = error, depth = 0; cause !== undefined && cause !== null && depth < 10; depth++) {
		const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
		texts.push(depth === 0 ? text : `caused by ${text}`);
		cause = cause instanceof Error ? cause.cause : undefined;
	}
	return texts;
}
