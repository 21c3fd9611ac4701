import {open, readdir, rename, rm} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import {ownDirectory} from '../backend/host/files/own-directory.ts';
import {makeDirectories} from '../backend/host/files/make-directories.ts';
import type {GuestTerminal, Host} from '../commands/context.ts';
import {ShellError} from '../core/errors.ts';

interface NodeHostOptions {
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Every question is answered yes. */
	readonly yes: boolean;
	readonly quit: () => void;
	/** Asks the person; undefined in batch. */
	readonly ask?: ((question: string) => Promise<boolean>) | undefined;
	readonly history?: () => readonly string[];
	readonly clearHistory?: () => Promise<void>;
	readonly terminal?: GuestTerminal | undefined;
	readonly stopWaiting?: (() => void) | undefined;
	readonly feed?: Host['feed'] | undefined;
	readonly changeDirectory: (path: string) => void;
	readonly directory: () => string;
}

/** The host of a session in this process: files of the system, questions to the person if there is one. */
export function createNodeHost(options: NodeHostOptions): Host {
	const at = (path: string) => resolve(options.directory(), path);
	return {
		interactive: options.ask !== undefined,
		environment: options.environment,
		async confirm(question) {
			if (options.yes) {
				return true;
			}
			if (options.ask === undefined) {
				throw new ShellError('refused', question, {hint: 'Nobody can be asked here: give --yes.'});
			}
			return options.ask(question);
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
		deleteFile: (path) => rm(at(path)),
		async listDirectory(path) {
			try {
				const entries = await readdir(at(path), {withFileTypes: true});
				return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
			} catch {
				return [];
			}
		},
		ownDirectory: (kind, below) => ownDirectory(kind, options.environment, below),
		directory: options.directory,
		changeDirectory: options.changeDirectory,
		history: options.history ?? (() => []),
		clearHistory: options.clearHistory ?? (() => Promise.resolve()),
		quit: options.quit,
		stopWaiting: options.stopWaiting ?? (() => undefined),
		terminal: options.terminal,
		paneFor: undefined,
		feed:
			options.feed ??
			((stdin) => {
				stdin.end();
				return {stop() {}};
			}),
	};
}
