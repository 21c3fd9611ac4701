import {ShellError} from '../core/errors.ts';
import {didYouMean} from '../core/nearest-word.ts';

/** Throws for a console that was not captured, and names those that were. `names`: none where that is not known. */
export function assertCaptured(sandbox: string, console: string | undefined, names: readonly string[]): void {
	if (console === undefined || names.length === 0 || names.includes(console)) {
		return;
	}
	throw new ShellError('not-found', `Sandbox '${sandbox}' has no console '${console}' that was captured`, {
		hint: didYouMean(console, names) ?? `There are: ${names.toSorted().join(', ')}.`,
	});
}
