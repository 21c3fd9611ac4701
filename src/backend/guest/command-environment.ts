import {ShellError} from '../../core/errors.ts';
import type {AskedEnvironment} from '../../spec/types.ts';
import type {Caller} from '../host/caller.ts';
import type {Account} from '../host/users.ts';

/** Where programs are looked for where nobody says it. */
export const fallbackPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What was asked for, with the values that the caller has. Throws for a variable that the caller has not. */
export function resolveEnvironment(asked: AskedEnvironment, from: Caller['environment']): Record<string, string> {
	return Object.fromEntries(
		Object.entries(asked).map(([name, value]) => {
			const own = value ?? from[name];
			if (own === undefined) {
				throw new ShellError('not-found', `The environment variable '${name}', whose value the command is to have, is not set`, {
					hint: `Export it first, or write ${name}=VALUE`,
				});
			}
			return [name, own];
		}),
	);
}

/** The environment of a command: what every program needs, the caller's terminal and language, and what was asked for. Nothing else of the caller's. */
export function makeEnvironment(account: Account, caller: Caller, isCaller: boolean, asked: AskedEnvironment): Record<string, string> {
	const from = caller.environment;
	const environment: Record<string, string> = {
		PATH: from['PATH'] ?? fallbackPath,
		HOME: (isCaller ? from['HOME'] : undefined) ?? account.home,
		USER: account.name,
		LOGNAME: account.name,
		SHELL: account.shell,
	};
	// Each value of the process's own environment costs a look-up, so names first.
	for (const name of Object.keys(from)) {
		if (name !== 'TERM' && name !== 'LANG' && name !== 'TZ' && !name.startsWith('LC_')) continue;
		const value = from[name];
		if (value !== undefined) environment[name] = value;
	}
	return {...environment, ...resolveEnvironment(asked, from)};
}
