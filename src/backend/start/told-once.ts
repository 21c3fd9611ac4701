import {once} from '../../core/once.ts';
import type {StartOptions} from '../types.ts';

/** For a start that may be begun anew: what it says and calls comes once. */
export function toldOnce<Options extends Pick<StartOptions, 'voice' | 'onPlanned'>>(options: Options): Options {
	const {voice, onPlanned} = options;
	const told = new Set<string>();
	return {
		...options,
		voice: {
			notice(level, code, message, hint) {
				if (told.has(message)) return;
				told.add(message);
				voice.notice(level, code, message, hint);
			},
			phase: (name, elapsedMs) => voice.phase(name, elapsedMs),
		},
		onPlanned: onPlanned && once(onPlanned),
	};
}
