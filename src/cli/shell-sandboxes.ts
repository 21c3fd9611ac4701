import type {Sandboxes} from '../commands/sandboxes.ts';
import {ShellError} from '../core/errors.ts';
import type {ShellOptions} from '../shell/shell-options.ts';

/** The running side of the shell, loaded on its first use. */
export function createSandboxes(_options: ShellOptions): Sandboxes {
	const missing = () => Promise.reject(new ShellError('unavailable', 'Nothing can be started yet'));
	return {
		list: missing,
		xml: missing,
		async *run() {
			await missing();
		},
		close: () => Promise.resolve(),
	};
}
