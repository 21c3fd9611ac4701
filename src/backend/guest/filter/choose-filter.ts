import {release} from 'node:os';
import type {SandboxSpec} from '../../../spec/types.ts';
import type {Plan} from '../../types.ts';
import type {ProgramArchitecture} from '../program/program-file.ts';
import {madeFilter} from './made-filter.ts';

type Asked = Pick<SandboxSpec, 'seccomp'>;

/** The filter of system calls that a spec asks for; undefined: none. A file is read now. */
export async function chooseFilter(
	{seccomp}: Asked,
	{architecture, kernel = release()}: {readonly architecture: ProgramArchitecture; readonly kernel?: string},
): Promise<Buffer | undefined> {
	switch (seccomp) {
		case 'default':
			return madeFilter(architecture);
		case 'off':
			return undefined;
		default: {
			const {readFilterFile} = await import('./read-filter-file.ts');
			return readFilterFile(seccomp, {architecture, kernel});
		}
	}
}

/** What is to be said of a filter that is not the default one. */
export function filterNotices({seccomp}: Asked): Plan['notices'] {
	switch (seccomp) {
		case 'default':
			return [];
		case 'off': {
			const message = 'System calls are not filtered: root in the sandbox reaches keys and control groups of its kernel';
			return [{level: 'warning', code: 'call-filter', message}];
		}
		default:
			return [{level: 'info', code: 'call-filter', message: `System calls are filtered by ${seccomp}, and not as they are by default`}];
	}
}
