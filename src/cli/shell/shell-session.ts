import {isatty} from 'node:tty';
import {ownDirectory} from '../../backend/host/files/own-directory.ts';
import type {Host} from '../../commands/context.ts';
import {Session} from '../../commands/session.ts';
import {systemReason} from '../../core/system-reason.ts';
import {ShellError, usageError} from '../../core/errors.ts';
import type {Output} from '../../core/output.ts';
import type {ShellOptions} from '../../shell/language/shell-options.ts';

/** A session and how it is kept. */
interface KeptSession {
	readonly session: Session;
	/** Writes it where it is kept, with what other processes have saved there; nothing for a batch session without a name. Gives what is to be told of that. */
	save(host: Host): Promise<readonly Output[]>;
}

/** Opens the session that `--session` names, the usual one of the interactive mode, or an empty one. */
export async function openSession(
	options: ShellOptions,
	interactive: boolean,
	environment: Readonly<Record<string, string | undefined>>,
): Promise<KeptSession> {
	const name = options.session ?? (interactive ? 'default' : undefined);
	const common = {uri: options.connect, readonly: options.readonly};
	if (name === undefined) {
		return {session: new Session(common), save: () => Promise.resolve([])};
	}
	if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(name)) {
		throw usageError(`'${name}' cannot name a session`, 'Use letters, digits, -, _ and ., such as work-1.');
	}
	const path = `${ownDirectory('state', environment, 'sessions')}/${name}.json`;
	const {readSession, writeSession} = await import('../../shell/session-file.ts');
	const what = `The session '${name}' (${path})`;
	let text = await readText(path, name);
	const session = new Session({...common, ...(text === undefined ? {} : readSession(text, what))});
	let saved = session.state;

	/** What another process has saved under this name since we last read or wrote it stays. */
	async function takeOver(): Promise<readonly Output[]> {
		const now = await readText(path, name ?? '');
		if (now === undefined || now === text) {
			return [];
		}
		const {mergeDefinitions} = await import('../../shell/language/merge-definitions.ts');
		const {changes, clashes} = mergeDefinitions(saved.definitions, session.state.definitions, readSession(now, what).state.definitions);
		session.adopt(changes);
		return clashes.map(({name: own, other}) => ({
			kind: 'notice',
			level: 'warning',
			code: 'session-clash',
			message: `Another process changed '${own}' in this session too: its definition is here as '${other}'`,
		}));
	}

	return {
		session,
		async save(host) {
			if (session.state === saved) {
				return [];
			}
			const {withFileLock} = await import('../file-lock.ts');
			return withFileLock(path, async () => {
				const notices = await takeOver();
				const next = writeSession({state: session.state, past: session.past, future: session.future});
				await host.writeFile(path, next, 0o600).catch((error: unknown) => {
					throw fileError(`The session '${name}' cannot be saved`, path, error);
				});
				text = next;
				saved = session.state;
				return notices;
			});
		},
	};
}

/** Undefined: the session is new. */
async function readText(path: string, name: string): Promise<string | undefined> {
	try {
		const {readHostFile} = await import('../../shell/read-host-file.ts');
		return new TextDecoder().decode(await readHostFile(path));
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
			return undefined;
		}
		throw fileError(`The session '${name}' cannot be read`, path, error);
	}
}

function fileError(what: string, path: string, cause: unknown): ShellError {
	return new ShellError('failed', `${what}: ${systemReason(cause)}`, {hint: `It is ${path}.`, cause});
}

/** Whether a person types the commands. */
export function isInteractive(options: ShellOptions): boolean {
	return options.file === undefined && options.words.length === 0 && isatty(0) && isatty(1);
}

/** Whether the session is drawn on the whole terminal: not on one that cannot, not as JSON, not for a screen reader. */
export function wantsScreen({plain, output}: ShellOptions, environment: Readonly<Record<string, string | undefined>>): boolean {
	const terminal = environment['TERM'] ?? '';
	return !plain && output === 'text' && terminal !== '' && terminal !== 'dumb' && environment['INK_SCREEN_READER'] !== 'true';
}
