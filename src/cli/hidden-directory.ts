import {quoteWord} from '../commands/quote-word.ts';
import {isWithin} from '../spec/paths.ts';
import type {SandboxSpec} from '../spec/types.ts';
import {defaultRamTargets, findCoveringMount} from '../spec/validate-spec.ts';

/** What to say of a command that was not found and is named relative to the caller's directory, where the sandbox hides that; undefined: nothing. */
export function describeHiddenDirectory(
	{command: [program = ''], cwd, root, mounts}: Pick<SandboxSpec, 'command' | 'cwd' | 'root' | 'mounts'>,
	directory: string,
): {readonly message: string; readonly hint: string} | undefined {
	if (program.startsWith('/') || !program.includes('/') || cwd !== undefined || root !== '/') {
		return undefined;
	}
	const mount = findCoveringMount(mounts, directory);
	if (mount?.type === 'host-bind' && mount.source !== undefined) {
		return undefined;
	}
	const cover = mount?.target ?? defaultRamTargets.find((target) => isWithin(directory, target));
	return cover === undefined
		? undefined
		: {
				message: `the directory ${directory} of this host is not in the sandbox, which has ${mount === undefined ? 'a fresh' : 'a mount on'} ${cover}`,
				hint: `-m ${quoteWord(`host-bind:${directory}=${directory},ro`)} shows it`,
			};
}
