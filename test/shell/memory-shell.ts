import {join} from 'node:path';
import {ourDirectory} from '../../src/core/base-directories.ts';
import type {Host} from '../../src/commands/context.ts';
import type {Sandboxes} from '../../src/commands/sandboxes.ts';
import {Session} from '../../src/commands/session.ts';
import {commands} from '../../src/commands/table.ts';
import {ShellError} from '../../src/core/errors.ts';
import {exitStatusOf} from '../../src/shell/exit-status.ts';
import type {TextOptions} from '../../src/shell/render/render-text.ts';
import {createShell} from '../../src/shell/shell.ts';
import {createStreamSink} from '../../src/shell/stream-sink.ts';
import {plainStyle} from '../../src/shell/render/style.ts';

export interface MemoryShellOptions {
	/** Path → text. */
	readonly files?: Readonly<Record<string, string>>;
	readonly onRead?: () => void;
	readonly output?: 'text' | 'json';
	readonly yes?: boolean;
	readonly keepGoing?: boolean;
	readonly chatty?: boolean;
	readonly interactive?: boolean;
	readonly sandboxes?: Partial<Sandboxes>;
	readonly session?: Session;
	/** The script's path, when it is one. */
	readonly name?: string;
}

export interface Outcome {
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
}

const noDaemon = () => Promise.reject(new ShellError('unavailable', 'No libvirtd here', {hint: 'This is a test.'}));

async function* nothing(): AsyncGenerator<never> {
	yield await noDaemon();
}

/** A running side that is never there. */
export const absentSandboxes: Sandboxes = {
	defaultUri: () => Promise.resolve('test:///none'),
	resolveUri: (text) => Promise.resolve(text),
	connect: noDaemon,
	list: noDaemon,
	plan: noDaemon,
	lacks: noDaemon,
	checkDocument: noDaemon,
	start: noDaemon,
	startDetached: noDaemon,
	stop: noDaemon,
	destroy: noDaemon,
	suspend: noDaemon,
	resume: noDaemon,
	signal: noDaemon,
	wait: noDaemon,
	exec: noDaemon,
	info: noDaemon,
	domainXml: noDaemon,
	stats: noDaemon,
	events: nothing,
	consoles: noDaemon,
	watchConsoles: noDaemon,
	console: noDaemon,
	log: nothing,
	clean: noDaemon,
	capabilities: noDaemon,
	networks: noDaemon,
	startNetwork: noDaemon,
	diagnose: nothing,
	places: () => Promise.resolve([]),
	living: () => [],
	staying: () => Promise.resolve([]),
	close: () => Promise.resolve(),
};

/** A shell with files in memory and no daemon: runs a script as batch does and keeps what it wrote. */
export async function runInMemory(text: string, options: MemoryShellOptions = {}): Promise<Outcome> {
	const {shell, streams, files} = createMemoryShell(options);
	void files;
	try {
		const parsed = await shell.parse({text, name: options.name});
		const status = await shell.run(parsed, new AbortController().signal);
		return {status, ...streams()};
	} catch (error) {
		await streams.sink.error(error);
		return {status: exitStatusOf(error), ...streams()};
	}
}

export function createMemoryShell(options: MemoryShellOptions = {}) {
	const files = new Map(Object.entries(options.files ?? {}));
	const written = {stdout: [] as Uint8Array[], stderr: [] as Uint8Array[]};
	const writer = (chunks: Uint8Array[]) => ({
		write(chunk: Uint8Array) {
			chunks.push(chunk);
			return undefined;
		},
	});
	const text = (): TextOptions => ({width: undefined, style: plainStyle, chatty: options.chatty ?? false, terminal: false});
	const sink = createStreamSink({stdout: writer(written.stdout), stderr: writer(written.stderr), format: options.output ?? 'text', text, quiet: false});
	const decode = (chunks: readonly Uint8Array[]) => Buffer.concat(chunks).toString();
	let directory = '/home/me';
	let ended = false;
	const at = (path: string) => (path.startsWith('/') ? path : path === '.' ? directory : `${directory}/${path}`);
	const missing = (path: string) => new Error(`ENOENT: no such file or directory, open '${path}'`);
	const host: Host = {
		interactive: options.interactive ?? false,
		environment: {HOME: '/home/me'},
		stopWaiting: () => undefined,
		confirm: (question) =>
			options.yes === true ? Promise.resolve(true) : Promise.reject(new ShellError('refused', question, {hint: 'Nobody can be asked here: give --yes.'})),
		edit: () => Promise.reject(new ShellError('refused', 'There is nobody to edit')),
		readFile(path) {
			options.onRead?.();
			const found = files.get(at(path));
			return found === undefined ? Promise.reject(missing(path)) : Promise.resolve(Buffer.from(found, 'latin1'));
		},
		writeFile(path, data) {
			files.set(at(path), data);
			return Promise.resolve();
		},
		changeFile(path, old, data) {
			files.set(`${at(path)}.orig`, old);
			files.set(at(path), data);
			return Promise.resolve(`${at(path)}.orig`);
		},
		deleteFile(path) {
			files.delete(at(path));
			return Promise.resolve();
		},
		listDirectory(path) {
			const prefix = `${at(path).replace(/\/$/, '')}/`;
			const names = [...files.keys()].filter((each) => each.startsWith(prefix)).map((each) => each.slice(prefix.length).replace(/\/.*/, '/'));
			return Promise.resolve([...new Set(names)].sort());
		},
		ownDirectory: (kind, below = '') => join(ourDirectory(kind, {HOME: '/home/me'}), below),
		directory: () => directory,
		changeDirectory(path) {
			if (path === '/nosuch') {
				throw new Error("ENOENT: no such file or directory, chdir '/nosuch'");
			}
			directory = at(path);
		},
		history: () => ['first', 'second'],
		clearHistory: () => Promise.resolve(),
		quit() {
			ended = true;
		},
		terminal: undefined,
		paneFor: undefined,
		feed(stdin) {
			stdin.end();
			return {stop() {}};
		},
	};
	const session = options.session ?? new Session();
	const shell = createShell({
		commands,
		session,
		host,
		sandboxes: {...absentSandboxes, ...options.sandboxes},
		sink,
		keepGoing: options.keepGoing ?? false,
		timing: false,
		yes: options.yes ?? false,
		output: options.output ?? 'text',
		ended: () => ended,
	});
	const streams = Object.assign(() => ({stdout: decode(written.stdout), stderr: decode(written.stderr)}), {sink});
	return {shell, session, host, files, streams};
}
