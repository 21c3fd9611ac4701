import type {FoundSandbox} from '../backend/session/find-sandbox.ts';
import type {StartOptions} from '../backend/types.ts';
import type {Calling} from '../commands/sandboxes.ts';

/**
 * The same sandbox, with somebody who keeps it: one whose keeper was killed gets a new one, where that can be done. Not without a person
 * who hears of it, nor in a session that only looks.
 */
export type Kept = (found: FoundSandbox, calling: Calling) => Promise<FoundSandbox>;

interface KeptOptions {
	readonly startOptions: (signal: AbortSignal) => Omit<StartOptions, 'voice'>;
	/** The words that run a keeper. */
	readonly keeper: readonly string[];
	readonly readonly: () => boolean;
}

export function createKept({startOptions, keeper, readonly: isReadonly}: KeptOptions): Kept {
	return async (found, {signal, voice}) => {
		if (found.isOwned || voice === undefined || isReadonly()) return found;
		const {replaceLostKeeper} = await import('../backend/sandbox.ts');
		await replaceLostKeeper(found, {...startOptions(signal), voice}, keeper);
		return found;
	};
}
