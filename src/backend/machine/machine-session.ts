import type {Socket} from 'node:net';
import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {requiredDirectory, type SessionPlan} from '../guest/command-file.ts';
import {sessionFiles} from '../guest/program/session-files.ts';
import {passAfter} from '../guest/streams/pass-after.ts';
import {pipeNames} from '../guest/streams/session-streams.ts';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import type {GuestSession} from '../types.ts';
import type {Consoles, PreparedSession} from '../start/running-sandbox.ts';
import type {MachineControl} from './ports/machine-control.ts';
import {openPortSession, type ConsolePort} from './ports/machine-streams.ts';
import {listenForPort, type Port} from './ports/port.ts';
import {terminalName} from './ports/relayed-session.ts';
import {terminalPort} from './machine-document.ts';
import type {MachinePorts} from './ports/machine-ports.ts';

/** What of a running machine its further sessions need. */
interface SessionHost {
	readonly name: string;
	readonly state: StateDirectory;
	readonly control: MachineControl;
	readonly ports: Pick<MachinePorts, 'slots' | 'openConsole'>;
	readonly consoles: Consoles;
}

/** Prepares a session on a spare slot or console. Only this process has the guest's ports, so it relays them by sockets of the session's own. */
export async function prepareMachineSession(host: SessionHost, session: SessionPlan): Promise<PreparedSession> {
	const {terminal} = session;
	if (terminal === undefined) return preparePipes(host, session);
	const console = await host.ports.openConsole(terminal.tty);
	// The root shell's is captured here.
	const relays = terminal.tty === host.consoles.shell ? [] : [await listenForPort(join(host.state.path, terminalName(session.number)))];
	let hasBegun = false;
	let hasEnded = false;
	return {
		place: {kind: 'sockets', directory: host.state.path},
		begin() {
			hasBegun = true;
			const {ready, exited} = host.control.follow(session.number, requiredDirectory(session));
			for (const relay of relays) void relay.socket.then((client) => relayConsole(console, client, terminal.mark, () => hasEnded));
			host.control.spawn(session.number, terminalPort(terminal.tty), sessionFiles(session));
			return {ready, exited};
		},
		forget() {
			putAway(relays, hasBegun);
			hasEnded = true;
		},
	};
}

async function preparePipes({name, state, control, ports, consoles}: SessionHost, session: SessionPlan): Promise<PreparedSession> {
	const slot = await ports.slots.take();
	if (slot === undefined) {
		const count = consoles.spare.length;
		const message =
			count === 0 ? `'${name}' was started without a slot for further commands` : `All ${count} slots of '${name}' for further commands are in use`;
		throw new ShellError('refused', message, {hint: 'Start it with more --consoles, or wait for one of them to end'});
	}
	let relays: readonly Port[];
	try {
		relays = await Promise.all(pipeNames(session.number).map((each) => listenForPort(join(state.path, each))));
	} catch (error) {
		slot.release();
		throw error;
	}
	let hasBegun = false;
	return {
		place: {kind: 'sockets', directory: state.path},
		begin() {
			hasBegun = true;
			const {number} = session;
			const progress = control.follow(number, requiredDirectory(session));
			const {session: joined, drained} = openPortSession(control, progress, slot.ports, {number});
			void relayPipes(joined, relays);
			void drained.then(() => slot.release());
			control.spawn(number, `e${slot.number}`, sessionFiles(session));
			return progress;
		},
		forget() {
			putAway(relays, hasBegun);
			if (!hasBegun) slot.release();
		},
	};
}

/** Of a session that never begins, what its client has connected goes too. */
function putAway(relays: readonly Port[], hasBegun: boolean): void {
	for (const relay of relays) {
		if (hasBegun) relay.stop();
		else relay.close();
	}
}

/** Joins a session's streams and its client's sockets. */
async function relayPipes({stdin, stdout, stderr}: GuestSession, relays: readonly Port[]): Promise<void> {
	const [input, output, errors] = await Promise.all(relays.map(({socket}) => socket));
	if (input === undefined) return;
	input.pipe(stdin);
	stdin.on('error', () => undefined);
	stdin.once('close', () => input.destroy());
	relayOutput(stdout, output);
	relayOutput(stderr, errors);
}

function relayOutput(stream: GuestSession['stderr'], socket: Socket | undefined): void {
	if (stream === undefined || socket === undefined) return;
	stream.on('error', () => socket.destroy());
	// The client wants no more: the command is to see a broken pipe.
	socket.once('close', () => stream.destroy());
	// It says nothing, but its end is only seen by reading.
	socket.once('end', () => stream.destroy());
	socket.resume();
	stream.pipe(socket);
}

/**
 * What comes before the session's begin, at which the guest writes the mark as well, is the last one's, and dropped. So is what is typed once the
 * command has ended, which would be the next one's.
 */
function relayConsole(console: ConsolePort, client: Socket, mark: string, hasEnded: () => boolean): void {
	const give = passAfter(mark, (chunk) => {
		if (client.write(chunk)) return;
		console.pause();
		client.once('drain', () => console.resume());
	});
	console.on('data', give);
	const end = (): void => void client.end();
	console.once('end', end);
	client.on('data', (chunk: Buffer) => {
		if (!hasEnded()) console.write(chunk);
	});
	client.once('end', () => client.end());
	client.once('close', () => {
		console.off('data', give);
		console.off('end', end);
		// What comes while nobody is there is nobody's.
		console.resume();
	});
	client.resume();
}
