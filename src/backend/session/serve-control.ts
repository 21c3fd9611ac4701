import type {Socket} from 'node:net';
import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {onceClosed} from '../../core/stream-ends.ts';
import {timeoutStatus} from '../../core/timeout-status.ts';
import type {SessionProgress} from '../guest/streams/control-channel.ts';
import type {Sandbox} from '../types.ts';
import {endedOutOfMemory} from '../limits/describe-out-of-memory.ts';
import type {RunningSandbox} from '../start/running-sandbox.ts';
import type {JoinableConsole} from './capture/captured-console.ts';
import {killedStatus} from './own-order.ts';
import {describeError, sendLine, type ClientLine, type ConsoleFacts, type ControlRequest, type OwnerLine} from './control-line.ts';
import {emptyTerminal} from './empty-terminal.ts';
import {openConsoleUsers} from './console-users.ts';
import {findLeftSessions, type LeftSession} from './left-sessions.ts';
import {listen, type ControlServer} from './listen.ts';
import {createSessionRoom, layOutSession, spareName, type SessionRoom} from './open-session.ts';
import {relayConsole} from './relay-console.ts';

const hangup = 1;

type ServedSandbox = Pick<Sandbox, 'destroy' | 'isOrdered' | 'session' | 'written'>;

interface ServedState {
	readonly captured: readonly JoinableConsole[];
	/** Its time was over, so that the status of its command is not its own. */
	hasTimedOut?(): boolean;
}

/** What a server has to serve. */
interface Served extends Required<ServedState> {
	readonly running: RunningSandbox;
	readonly sandbox: ServedSandbox;
	readonly room: SessionRoom;
}

/** The socket by which other processes reach a sandbox. */
export function controlPath(statePath: string): string {
	return join(statePath, 'control');
}

/** Listens on `ID/control`. */
export function serveControl(running: RunningSandbox, sandbox: ServedSandbox, {captured, hasTimedOut = () => false}: ServedState): ControlServer {
	const {state, plan, sharesConsoles} = running;
	const left = findLeftSessions(state.io);
	const room = createSessionRoom({spare: plan.consoles.spare, areRevoked: !sharesConsoles, users: openConsoleUsers(state.path), left});
	for (const session of left) endLeft(session, running, room);
	const served: Served = {running, sandbox, captured, room, hasTimedOut};
	return listen(controlPath(running.state.path), (request, socket) => answer(request, socket, served));
}

/** Whoever asked for it has gone with the owner of before. */
function endLeft({number, terminal, forget}: LeftSession, running: RunningSandbox, room: SessionRoom): void {
	running.control.follow(number).exited.then(
		async () => {
			forget();
			if (terminal === undefined) return;
			await emptyTerminal(running, terminal);
			room.giveTerminal(terminal.tty);
		},
		() => undefined,
	);
	running.control.send('signal', number, hangup);
}

/** Answers a request; gives what takes the client's later lines. */
async function answer(request: ControlRequest, socket: Socket, served: Served): Promise<((line: ClientLine) => void) | undefined> {
	const {running} = served;
	const finish = (told: OwnerLine): undefined => {
		sendLine(socket, told);
		socket.end();
	};
	switch (request.ask) {
		case 'session':
			return serveSession(request.session, socket, served);
		case 'console':
			return serveConsole(request, socket, served);
		case 'signal':
			running.session.kill(request.signal);
			return finish({tell: 'done'});
		case 'destroy':
			await served.sandbox.destroy();
			return finish({tell: 'done'});
		case 'wait':
			running.session.exited.then(
				async (status) =>
					finish({
						tell: 'exit',
						status: served.hasTimedOut() ? timeoutStatus : status,
						outOfMemory: served.sandbox.session.outOfMemory?.(),
						// Who waits may use the images then.
						...((await served.sandbox.written?.()) === false && {isLost: true}),
					}),
				(error: unknown) => finish(served.hasTimedOut() ? {tell: 'exit', status: timeoutStatus} : describeEnd(error, served)),
			);
			return undefined;
		case 'written':
			return finish({tell: 'written', isWritten: await served.sandbox.written?.()});
		case 'consoles':
			return finish({tell: 'consoles', consoles: listConsoles(served)});
		default:
			return request satisfies never;
	}
}

/** The end of a command whose status is not told. At once: our sockets close with the sandbox. */
function describeEnd(error: unknown, {sandbox}: Pick<Served, 'sandbox'>): OwnerLine {
	if (sandbox.isOrdered?.() === true) return {tell: 'exit', status: killedStatus, isOrdered: true};
	// A further command goes with the sandbox's own.
	const memoryKiB = sandbox.session.outOfMemory?.();
	return describeError(memoryKiB === undefined ? error : endedOutOfMemory(memoryKiB, error));
}

function listConsoles({running, captured, room}: Served): ConsoleFacts[] {
	const {plan} = running;
	const held = captured.filter(({name}) => name !== 'stdout' && name !== 'stderr').map(({name, state}) => ({name, state}));
	const isHeld = (name: string): boolean => held.some((each) => each.name === name);
	const direct = isHeld('shell') || plan.consoles.shell === undefined ? [] : [{name: 'shell', state: 'free' as const}];
	const spare = plan.consoles.spare.map((tty) => ({name: spareName(plan.consoles, tty), state: room.isFree(tty) ? ('free' as const) : ('in use' as const)}));
	return [...held, ...direct, ...spare];
}

async function serveSession(
	request: Extract<ControlRequest, {ask: 'session'}>['session'],
	socket: Socket,
	{running, room, sandbox}: Served,
): Promise<(line: ClientLine) => void> {
	const laidOut = await layOutSession(running, request, room);
	const {number, terminal} = laidOut.plan;
	if (socket.destroyed) {
		// Who asked has gone meanwhile.
		laidOut.forget();
		return () => undefined;
	}
	/** Its client reads it, maybe long after the command's end: until then it is nobody else's. */
	const isRead = terminal !== undefined;
	let hasBegun = false;
	let hasEnded = false;
	let isDone = false;
	/** A machine that goes because of memory may kill the command before its end is seen. */
	const usedUp = (status: number): number | undefined =>
		running.usedUpMemory(status) ?? (status === killedStatus ? sandbox.session.outOfMemory?.() : undefined);
	const end = async (line: OwnerLine, counts?: SessionProgress['counts']): Promise<void> => {
		hasEnded = true;
		if (isRead) laidOut.forgetFiles();
		else laidOut.forget();
		if (isRead && socket.destroyed) takeBack();
		sendLine(socket, line);
		try {
			if (counts !== undefined) sendLine(socket, {tell: 'wrote', counts: await counts});
		} catch {
			// That it is not told is a fault to the client, unless all of it was our order.
			if (sandbox.isOrdered?.() === true) sendLine(socket, {tell: 'wrote'});
		}
		if (!isRead) socket.end();
	};
	/** Whoever read the terminal has gone. */
	const takeBack = (): void => {
		if (terminal === undefined || isDone) return;
		isDone = true;
		void emptyTerminal(running, terminal).then(laidOut.forget);
	};
	onceClosed(socket, () => {
		if (!hasBegun) {
			laidOut.forget();
		} else if (!hasEnded) {
			// As a terminal that is closed.
			running.control.send('signal', number, hangup);
		} else if (isRead) {
			takeBack();
		}
	});
	sendLine(socket, {
		tell: 'session',
		number,
		terminal: terminal === undefined ? undefined : {tty: terminal.tty, mark: terminal.mark, name: spareName(running.plan.consoles, terminal.tty)},
		place: laidOut.place,
	});
	return (line) => {
		switch (line.say) {
			case 'go': {
				if (hasBegun) return;
				hasBegun = true;
				const progress = laidOut.begin();
				progress.ready.then(
					() => {
						// Too late for who asked.
						if (socket.destroyed) running.control.send('signal', number, hangup);
						else sendLine(socket, {tell: 'ready'});
					},
					() => undefined,
				);
				progress.exited.then(
					(status) => end({tell: 'exit', status, outOfMemory: usedUp(status)}, progress.counts),
					(error: unknown) => end(describeEnd(error, {sandbox})),
				);
				return;
			}
			case 'signal':
				if (!hasEnded) running.control.send('signal', number, line.signal);
				return;
			case 'resize':
				if (terminal !== undefined && !hasEnded) {
					running.control.send('resize', terminal.tty, line.size.rows, line.size.columns);
				}
				return;
			case 'done':
				if (!isRead || !hasEnded || isDone) return;
				isDone = true;
				laidOut.forget();
				socket.end();
				return;
			case 'input':
				return;
		}
	};
}

function serveConsole(
	{console: name, recentBytes}: Extract<ControlRequest, {ask: 'console'}>,
	socket: Socket,
	{running, captured}: Served,
): ((line: ClientLine) => void) | undefined {
	const console = captured.find((each) => each.name === name);
	if (console !== undefined) return relayConsole(console, socket, recentBytes);
	const tty = name === 'shell' ? running.plan.consoles.shell : undefined;
	if (tty === undefined || !running.sharesConsoles) {
		throw new ShellError('not-found', `'${running.name}' has no console '${name}' to join`, {hint: 'See which there are with `consoles`'});
	}
	sendLine(socket, {tell: 'direct', tty, uri: running.uri, uuid: running.uuid});
	socket.end();
	return undefined;
}
