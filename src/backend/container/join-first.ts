import type {Duplex} from 'node:stream';
import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import type {SessionPlan} from '../guest/command-file.ts';
import {openTerminalSession, type JoinedSession} from '../guest/streams/session-streams.ts';
import type {Link} from '../start/link.ts';
import type {HostSide} from './lay-out.ts';

interface JoinContext {
	readonly spec: SandboxSpec;
	readonly link: Link;
	readonly host: HostSide;
	readonly ready: Promise<void>;
}

/** The streams of the first command, once it may begin. */
export async function joinFirst(first: SessionPlan, {spec, link, host, ready}: JoinContext): Promise<JoinedSession> {
	const {number, terminal} = first;
	if (host.pipes !== undefined) {
		return {session: host.pipes, drained: Promise.resolve()};
	}
	if (terminal === undefined) {
		throw new ShellError('failed', 'The command has neither pipes nor a terminal');
	}
	const [console] = await Promise.all([openConsole(spec, link, terminal.tty), ready]);
	return openTerminalSession(host.control, host.progress, {number, tty: terminal.tty, mark: terminal.mark, console});
}

/** What is kept outlives a libvirtd that is restarted, and its consoles do. */
export function openConsole({lifetime}: SandboxSpec, link: Link, number: number): Promise<Duplex> {
	return lifetime === 'keep' ? link.openLastingConsole(number) : link.openConsole(number);
}
