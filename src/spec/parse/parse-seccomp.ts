import {parseHostPath} from '../paths.ts';
import type {SandboxSpec} from '../types.ts';

/** What may be written in place of a file, and what it means. */
export const seccompWords = {default: 'what programs use, and nothing that reaches further', off: 'every system call'} as const;

/** Reads which filter of system calls a sandbox has: `default`, `off`, or a file of the host, a relative one from `directory` on. */
export function parseSeccomp(text: string, directory?: string): SandboxSpec['seccomp'] {
	return Object.hasOwn(seccompWords, text) ? text : parseHostPath(text, 'filter of system calls', directory);
}
