import {writeCallProgram, type Call} from './call-program.ts';
import type {ProgramArchitecture} from './program-file.ts';
import {callsOf, currentDirectory, lastDescriptor} from './usual-calls.ts';

/** Of one container. */
const most = 256;
const [setString, reconfigure] = [1, 7];
/** For fspick. */
const noFollow = 2;
/** The first descriptor that is free once all behind it are closed. */
const context = 3;
/** Memory of its own, at an address where a program without libraries has nothing. */
const memory = {at: 0x1000_0000, bytes: 4096, readAndWrite: 3, ofItsOwn: 0x32};
/** What it is told: the place of a devpts, then the names and values of its options. */
const [pathBytes, wordBytes, pairs] = [64, 32, 8];

/**
 * A program of the host that limits the pseudo-terminals of one devpts, which it is told by its standard input: it is begun before there
 * is one. Where it is told nothing it ends.
 */
export function terminalsProgram(architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const required = {required: true};
	const {at, bytes, readAndWrite, ofItsOwn} = memory;
	const settings = Array.from({length: pairs}, (_, index): Call => {
		const pair = at + pathBytes + index * wordBytes * 2;
		return call('fsconfig', [context, setString, pair, pair + wordBytes, 0], required);
	});
	return writeCallProgram(
		[
			call('mmap', [at, bytes, readAndWrite, ofItsOwn, lastDescriptor], required),
			call('close_range', [context, lastDescriptor, 0], required),
			call('read', [0, at, bytes], required),
			call('fspick', [currentDirectory, at, noFollow], required),
			...settings,
			call('fsconfig', [context, reconfigure, 0, 0, 0], required),
			call('exit_group', [0]),
		],
		[call('exit_group', [1])],
		architecture,
	);
}

/** What the program is to be told; undefined: it has no room for that. `options`: those that the devpts has, which would be gone otherwise. */
export function tellTerminals(path: string, options: readonly string[]): Buffer | undefined {
	const kept = options.flatMap((option) => {
		const [, key, value] = /^(\w+)=(\w+)$/.exec(option) ?? [];
		return key === undefined || value === undefined ? [] : [[key, value] as const];
	});
	const words = [...kept.filter(([key]) => key !== 'max'), ...Array.from({length: pairs}, () => ['max', String(most)] as const)].slice(0, pairs).flat();
	const told = Buffer.alloc(pathBytes + pairs * wordBytes * 2);
	if (kept.length >= pairs || path.length >= pathBytes || words.some((word) => word.length >= wordBytes)) return undefined;
	told.write(path, 'latin1');
	for (const [index, word] of words.entries()) told.write(word, pathBytes + index * wordBytes, 'latin1');
	return told;
}
