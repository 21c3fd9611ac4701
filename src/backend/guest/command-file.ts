import {wordToBytes} from '../../core/bytes.ts';
import {safeText} from '../../core/text.ts';
import type {ProcessBounds} from '../host/process-bounds.ts';
import type {ProgramBasis} from './program/program-basis.ts';

/** All that the init must know to run one command. Ids are numbers, paths are the guest's. */
export interface SessionPlan {
	readonly number: number;
	readonly words: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
	/** Tried in order; `required`: the first or none. */
	readonly directories: readonly string[];
	readonly directoryRequired: boolean;
	/** No sandbox can put another in the place of the first one: the way to it may be closed to the command's user. */
	readonly isFixed: boolean;
	readonly identity: Identity;
	/** Who may open its pipes or its terminal by name: its user, or root where the sandbox's own command, which has fewer rights, is that user too. */
	readonly streamsOwner: number;
	readonly terminal: TerminalPlan | undefined;
	/** Without a terminal: standard error goes where standard output goes. */
	readonly isOneOutput: boolean;
	/** Without a terminal: its output waits while nobody reads it, since who does may be killed, and another one take that place. */
	readonly isHeld?: boolean | undefined;
	/** What it has of its caller's process; undefined: what the init has. */
	readonly bounds?: ProcessBounds | undefined;
	/** What becomes the command is written by this. */
	readonly program: ProgramBasis;
}

export interface Identity {
	readonly uid: number;
	readonly gid: number;
	readonly groups: readonly number[];
}

export interface TerminalPlan {
	/** 1 is /dev/tty1, the first console. */
	readonly tty: number;
	/** Comes on the terminal after all that the command wrote. */
	readonly mark: string;
	readonly rows: number;
	readonly columns: number;
}

/** What root's own command may keep, by its number: enough to own files and change identity, nothing that reaches the host. */
export const commandCapabilities = {chown: 0, dac_override: 1, fowner: 3, fsetid: 4, kill: 5, setgid: 6, setuid: 7, setpcap: 8, net_bind_service: 10};

/**
 * The file that the init reads for one session: shell, with every foreign byte inside single quotes. `program`: the guest's name of the
 * one that gives the command its environment and its rights, and becomes it.
 */
export function commandFile(plan: SessionPlan, program: string): Buffer {
	const {terminal} = plan;
	const lines = [
		terminal === undefined
			? ['pipes', plan.streamsOwner, plan.isOneOutput ? 'one' : '-', ...(plan.isHeld === true ? ['held'] : [])].join(' ')
			: `terminal ${terminal.tty} ${plan.streamsOwner} ${quote(terminal.mark)} ${terminal.rows} ${terminal.columns}`,
		...(plan.directoryRequired ? [`[ -d ${quote(plan.directories[0] ?? '/')} ] || fatal directory`] : []),
		findProgram(plan),
		'_vs_status=$?',
		`set -- ${quote(program)}`,
		'',
	];
	return wordToBytes(lines.join('\n'));
}

/** Which terminal a command file gives its session, and with which mark at its end; undefined: none. */
export function terminalOf(file: string): Pick<TerminalPlan, 'tty' | 'mark'> | undefined {
	const [, tty, mark] = /^terminal (\d+) \d+ '([^']*)' /.exec(file) ?? [];
	return tty === undefined || mark === undefined ? undefined : {tty: Number(tty), mark};
}

/** The one directory that a command has to start in; undefined where another one does as well. */
export function requiredDirectory({directoryRequired, directories}: Pick<SessionPlan, 'directories' | 'directoryRequired'>): string | undefined {
	return directoryRequired ? directories[0] : undefined;
}

/**
 * Looks whether the command is there. The shell itself never enters the command's directory: it may have rights that the command has
 * not, and a link there may lead to what is its own.
 */
function findProgram({words: [name = ''], environment: {PATH: path = ''}, directories}: SessionPlan): string {
	const check = `check ${quote(name)} ${quote(path)} ${quote(safeText(name))}`;
	const isAbsolute = name.includes('/') ? name.startsWith('/') : path.split(':').every((directory) => directory.startsWith('/'));
	const enter = directories.map((directory) => `cd ${quote(directory)} 2>&-`).join(' || ');
	return isAbsolute ? check : `(${enter}; ${check})`;
}

/** A word of the shell that means exactly itself. */
export function quote(word: string): string {
	return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
