import {cString, writeCallProgram, type Call} from './call-program.ts';
import type {ProgramArchitecture} from './program-file.ts';
import {callsOf, lastDescriptor} from './usual-calls.ts';

/** Of one container. */
const most = 256;
const [setString, reconfigure] = [1, 7];
const emptyPath = 8;
/** What the starter has open, and the first that is free once all behind it are closed. */
const [mounted, context] = [3, 4];

/** A program of the host that limits the pseudo-terminals of the devpts that is its descriptor 3. `options`: those it has, which would be gone otherwise. */
export function terminalsProgram(options: readonly string[], architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const required = {required: true};
	const kept = options.flatMap((option) => /^(\w+)=(\w+)$/.exec(option)?.slice(1) ?? []);
	const pairs = [...kept, 'max', String(most)].map(cString);
	const settings = pairs.flatMap((key, index): Call[] => {
		const value = pairs[index + 1];
		return index % 2 === 0 && value !== undefined ? [call('fsconfig', [context, setString, key, value, 0], required)] : [];
	});
	return writeCallProgram(
		[
			call('close_range', [context, lastDescriptor, 0]),
			call('fspick', [mounted, cString(''), emptyPath], required),
			...settings,
			call('fsconfig', [context, reconfigure, 0, 0, 0], required),
			call('exit_group', [0]),
		],
		[call('exit_group', [1])],
		architecture,
	);
}
