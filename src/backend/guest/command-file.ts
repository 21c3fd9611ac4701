import type {GuestTools} from '../host/tools.ts';
import {wordToBytes} from './bytes.ts';

/** All that the init must know to run one command. Ids are numbers, paths are the guest's. */
export interface SessionPlan {
	readonly number: number;
	readonly words: readonly string[];
	readonly environment: Readonly<Record<string, string>>;
	/** Tried in order; `required`: the first or none. */
	readonly directories: readonly string[];
	readonly directoryRequired: boolean;
	readonly identity: Identity;
	readonly terminal: TerminalPlan | undefined;
	/** The command starts only when the names of the control FIFOs are gone: it may own them. */
	readonly hold: boolean;
	/** How the init calls setpriv (util-linux), busybox and GNU env. */
	readonly tools: GuestTools;
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

/** What root's own command may keep: enough to own files and change identity, nothing that reaches the host. */
export const commandCapabilities = ['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setuid', 'setgid', 'setpcap', 'net_bind_service'] as const;

/** Exported by libvirt or by the shell itself; the command must not see them. */
const inherited = [
	'PATH',
	'TERM',
	'HOME',
	'PWD',
	'OLDPWD',
	'SHLVL',
	'container',
	'container_uuid',
	'container_ttys',
	'LIBVIRT_LXC_UUID',
	'LIBVIRT_LXC_NAME',
	'LIBVIRT_LXC_CMDLINE',
];

/** Names that mean something to the shell that sets them, so env(1) has to. */
const special = /^(?:_vs_.*|_|IFS|OPTIND|LINENO|RANDOM|PPID|PWD|OLDPWD|SHLVL|PS[0-9]|ENV|MAIL.*|HIST.*|FUNCNAME|EPOCH.*|local|LIBVIRT_LXC_.*)$/;
const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The file that the init reads for one session: shell, with every foreign byte inside single quotes. `program`: the guest's name of one
 * that gives the command its environment and its rights, and becomes it; else the shell and the tools do that.
 */
export function commandFile(plan: SessionPlan, program?: string): Buffer {
	const lines: string[] = [];
	const {terminal, identity} = plan;
	if (terminal === undefined) lines.push(`pipes ${identity.uid}`);
	else lines.push(`terminal ${terminal.tty} ${identity.uid} ${quote(terminal.mark)} ${terminal.rows} ${terminal.columns}`);
	if (plan.hold) lines.push('hold');
	if (program !== undefined) {
		lines.push(`PATH=${quote(plan.environment['PATH'] ?? '')}`, changeDirectory(plan), ...checkCommand(plan), `set -- ${quote(program)}`, '');
		return wordToBytes(lines.join('\n'));
	}
	lines.push(`unset ${inherited.join(' ')}`);
	const exact: string[] = [];
	for (const [name, value] of Object.entries(plan.environment)) {
		if (plainName.test(name) && !special.test(name)) lines.push(`export ${name}=${quote(value)}`);
		else exact.push(quote(`${name}=${value}`));
	}
	lines.push(changeDirectory(plan), 'unset PWD OLDPWD');
	const command = plan.words.map(quote).join(' ');
	lines.push(
		...checkCommand(plan),
		`set -- ${environmentTool(plan, exact)}${plan.tools.busybox} setsid ${terminal === undefined ? '' : '-c '}${plan.tools.setpriv.join(' ')} ${privileges(identity)} -- ${command}`,
		'',
	);
	return wordToBytes(lines.join('\n'));
}

function checkCommand({words}: SessionPlan): string[] {
	return [`check ${quote(words[0] ?? '')}`, '_vs_status=$?'];
}

/** libvirtd ignores SIGPIPE and all below it inherit that: no shell can undo it, GNU env can. */
function environmentTool({tools: {env, busybox}}: SessionPlan, assignments: readonly string[]): string {
	if (env !== undefined) return `${env.join(' ')} --default-signal -- ${assignments.join(' ')} `;
	return assignments.length === 0 ? '' : `${busybox} env -- ${assignments.join(' ')} `;
}

/** The one directory that a command has to start in; undefined where another one does as well. */
export function requiredDirectory({directoryRequired, directories}: Pick<SessionPlan, 'directories' | 'directoryRequired'>): string | undefined {
	return directoryRequired ? directories[0] : undefined;
}

function changeDirectory(plan: SessionPlan): string {
	const tries = plan.directories.map((directory) => `cd ${quote(directory)} 2>/dev/null`);
	return [...tries, plan.directoryRequired ? 'fatal directory' : 'cd /'].join(' || ');
}

function privileges({uid, gid, groups}: Identity): string {
	const list = groups.length === 0 ? '--clear-groups' : `--groups ${groups.join(',')}`;
	const bounding = uid === 0 ? `-all,${commandCapabilities.map((name) => `+${name}`).join(',')}` : '-all';
	return `--reuid ${uid} --regid ${gid} ${list} --bounding-set ${bounding} --inh-caps -all --no-new-privs`;
}

/** A word of the shell that means exactly itself. */
export function quote(word: string): string {
	return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
