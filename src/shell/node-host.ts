import {open, readdir, rename, rm} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import {ownDirectory} from '../backend/host/files/own-directory.ts';
import {makeDirectories} from '../backend/host/files/make-directories.ts';
import type {Host} from '../commands/context.ts';
import {ShellError} from '../core/errors.ts';
import {endInput} from './shell.ts';

interface NodeHostOptions
	extends Pick<Host, 'environment' | 'quit' | 'terminal' | 'stopWaiting' | 'directory' | 'changeDirectory'>, Partial<Pick<Host, 'history' | 'clearHistory'>> {
	/** Every question is answered yes. */
	readonly yes: boolean;
	/** Asks the person; undefined in batch. */
	readonly ask: ((question: string) => Promise<boolean>) | undefined;
	/** Undefined: there is no input to feed. */
	readonly feed: Host['feed'] | undefined;
}

/** The host of a session in this process: files of the system, questions to the person if there is one. */
export function createNodeHost({yes, ask, feed, ...given}: NodeHostOptions): Host {
	const at = (path: string) => resolve(given.directory(), path);
	return {
		history: () => [],
		clearHistory: () => Promise.resolve(),
		...given,
		interactive: ask !== undefined,
		async confirm(question) {
			if (yes) {
				return true;
			}
			if (ask === undefined) {
				throw new ShellError('refused', question, {hint: 'Nobody can be asked here: give --yes.'});
			}
			return ask(question);
		},
		edit: () => Promise.reject(new ShellError('refused', 'There is nobody to edit')),
		async readFile(path) {
			const {readHostFile} = await import('./read-host-file.ts');
			return readHostFile(at(path));
		},
		async writeFile(path, data, mode) {
			const target = at(path);
			makeDirectories(dirname(target));
			const temporary = `${target}.${process.pid}.new`;
			const file = await open(temporary, 'wx', mode);
			try {
				await file.writeFile(data);
				await file.close();
				await rename(temporary, target);
			} catch (error) {
				await file.close().catch(() => undefined);
				await rm(temporary, {force: true});
				throw error;
			}
		},
		async changeFile(path, old, data) {
			const {changeHostFile} = await import('./change-host-file.ts');
			return changeHostFile(at(path), old, data);
		},
		deleteFile: (path) => rm(at(path)),
		async listDirectory(path) {
			try {
				const entries = await readdir(at(path), {withFileTypes: true});
				return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
			} catch {
				return [];
			}
		},
		ownDirectory: (kind, below) => ownDirectory(kind, given.environment, below),
		paneFor: undefined,
		feed: feed ?? endInput,
	};
}
