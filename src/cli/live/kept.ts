import type {FoundSandbox} from '../../backend/life/find-sandbox.ts';
import type {StartOptions, Voice} from '../../backend/types.ts';
import type {Calling} from '../../commands/sandboxes.ts';

/** The same sandbox, with somebody who keeps it: one whose keeper was killed gets a new one, where that can be done. */
export type Kept = (found: FoundSandbox, calling: Calling) => Promise<FoundSandbox>;

export interface KeptOptions {
	readonly startOptions: (signal: AbortSignal) => Omit<StartOptions, 'voice'>;
	/** The words that run a keeper. */
	readonly keeper: readonly string[];
}

const silent: Voice = {notice: () => undefined, phase: () => undefined};

export function createKept({startOptions, keeper}: KeptOptions): Kept {
	return async (found, {signal, voice = silent}) => {
		if (!found.isOwned) {
			const {replaceLostKeeper} = await import('../../backend/sandbox.ts');
			await replaceLostKeeper(found, {...startOptions(signal), voice}, keeper);
		}
		return found;
	};
}
