import type {Call} from '../../guest/program/call-program.ts';
import {currentDirectory, type MakeCall} from '../../guest/program/usual-calls.ts';

/** Of one container. */
const most = 256;
const [setString, reconfigure] = [1, 7];
/** For fspick. */
const noFollow = 2;
/** What is told: the place of a devpts, then the names and values of its options. */
const [pathBytes, wordBytes, pairs] = [64, 32, 8];

/** How long that is. */
export const terminalsBytes = pathBytes + pairs * wordBytes * 2;

/** Limits the pseudo-terminals of one devpts, of which `at` tells; none where that is empty. `context` is the first descriptor that is free, then and after it. */
export function limitTerminals(call: MakeCall, {at, context}: {readonly at: number; readonly context: number}): Call[] {
	const settings = Array.from({length: pairs}, (_, index): Call => {
		const pair = at + pathBytes + index * wordBytes * 2;
		return call('fsconfig', [context, setString, pair, pair + wordBytes, 0], {skips: pairs - index});
	});
	return [
		call('fspick', [currentDirectory, at, noFollow], {skips: pairs + 2}),
		...settings,
		call('fsconfig', [context, reconfigure, 0, 0, 0]),
		call('close', [context]),
	];
}

/** What is to be told; undefined: there is no room for that. `options`: those that the devpts has, which would be gone otherwise. */
export function tellTerminals(path: string, options: readonly string[]): Buffer | undefined {
	const kept = options.flatMap((option) => {
		const [, key, value] = /^(\w+)=(\w+)$/.exec(option) ?? [];
		return key === undefined || value === undefined ? [] : [[key, value] as const];
	});
	const words = [...kept.filter(([key]) => key !== 'max'), ...Array.from({length: pairs}, () => ['max', String(most)] as const)].slice(0, pairs).flat();
	const told = Buffer.alloc(terminalsBytes);
	if (kept.length >= pairs || path.length >= pathBytes || words.some((word) => word.length >= wordBytes)) return undefined;
	told.write(path, 'latin1');
	for (const [index, word] of words.entries()) told.write(word, pathBytes + index * wordBytes, 'latin1');
	return told;
}
