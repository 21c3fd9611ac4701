import {chmodSync} from 'node:fs';
import {createServer, type Socket} from 'node:net';
import {join} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import type {CapturedConsole} from '../capture/captured-console.ts';
import type {Sandbox} from '../../types.ts';
import type {RunningSandbox} from '../running-sandbox.ts';
import {describeError, receiveLines, sendLine, type ClientLine, type ConsoleFacts, type ControlRequest, type OwnerLine} from './control-line.ts';
import {parseClientLine, parseRequest} from './parse-line.ts';
import {createSessionRoom, layOutSession, type SessionRoom} from './open-session.ts';

/** A client that reads so slowly that this much waits for it is let go. */
const mostPending = 4 * 1024 * 1024;
const hangup = 1;

/** What a server has to serve. */
interface Served {
	readonly running: RunningSandbox;
	readonly sandbox: Pick<Sandbox, 'destroy'>;
	readonly captured: readonly CapturedConsole[];
	readonly room: SessionRoom;
}

/** The socket by which other processes reach a sandbox. */
export function controlPath(statePath: string): string {
	return join(statePath, 'control');
}

export interface ControlServer {
	/** Ends it and all that is joined. */
	close(): void;
}

/** Listens on `ID/control`, mode 0600. Its directory is 0700, so there is no moment in which others may connect. */
export function serveControl(running: RunningSandbox, sandbox: Pick<Sandbox, 'destroy'>, captured: readonly CapturedConsole[] = []): ControlServer {
	const served: Served = {running, sandbox, captured, room: createSessionRoom(running.plan.consoles.spare)};
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
		socket.on('error', () => undefined);
		serveClient(socket, served);
	});
	const path = controlPath(running.state.path);
	// Without it the sandbox still runs; only other processes do not reach it.
	server.on('error', () => undefined);
	server.listen(path, () => {
		try {
			chmodSync(path, 0o600);
		} catch {
			// A sandbox that is over by now has gone with its directory, which is its owner's alone in any case.
		}
	});
	// The sandbox keeps this process, its door does not.
	server.unref();
	return {
		close() {
			server.close();
			for (const socket of sockets) {
				socket.destroySoon();
			}
		},
	};
}

function serveClient(socket: Socket, served: Served): void {
	let later: ((line: ClientLine) => void) | undefined;
	let isFirst = true;
	receiveLines(socket, (line) => {
		if (!isFirst) {
			const said = parseClientLine(line);
			if (said !== undefined) {
				later?.(said);
			}
			return;
		}
		isFirst = false;
		answer(line, socket, served)
			.then((next) => {
				later = next;
			})
			.catch((error: unknown) => {
				sendLine(socket, describeError(error));
				socket.end();
			});
	});
}

/** Answers a request; gives what takes the client's later lines. */
async function answer(line: unknown, socket: Socket, served: Served): Promise<((line: ClientLine) => void) | undefined> {
	const {running} = served;
	const request = parseRequest(line);
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
				(status) => finish({tell: 'exit', status}),
				(error: unknown) => finish(describeError(error)),
			);
			return undefined;
		case 'consoles':
			return finish({tell: 'consoles', consoles: listConsoles(served)});
		default:
			return request satisfies never;
	}
}

function listConsoles({running, captured, room}: Served): ConsoleFacts[] {
	const {plan} = running;
	const held = captured
		.filter(({name}) => name !== 'stdout' && name !== 'stderr')
		.map(({name, isJoined}) => ({name, state: isJoined ? ('in use' as const) : ('captured' as const)}));
	const isHeld = (name: string): boolean => held.some((each) => each.name === name);
	const direct = isHeld('shell') || plan.consoles.shell === undefined ? [] : [{name: 'shell', state: 'free' as const}];
	const attached = isHeld('tty') || plan.consoles.command === undefined ? [] : [{name: 'tty', state: 'in use' as const}];
	const spare = plan.consoles.spare.map((tty, index) => ({name: `exec-${index + 1}`, state: room.isFree(tty) ? ('free' as const) : ('in use' as const)}));
	return [...attached, ...held, ...direct, ...spare];
}

async function serveSession(
	request: Extract<ControlRequest, {ask: 'session'}>['session'],
	socket: Socket,
	{running, room}: Served,
): Promise<(line: ClientLine) => void> {
	const laidOut = await layOutSession(running, request, room);
	const {number, terminal} = laidOut.plan;
	let hasBegun = false;
	let hasEnded = false;
	const end = (line: OwnerLine): void => {
		hasEnded = true;
		laidOut.forget();
		sendLine(socket, line);
		socket.end();
	};
	socket.once('close', () => {
		if (!hasBegun) {
			laidOut.forget();
		} else if (!hasEnded) {
			// As a terminal that is closed.
			running.control.send('signal', number, hangup);
		}
	});
	sendLine(socket, {
		tell: 'session',
		number,
		terminal: terminal === undefined ? undefined : {tty: terminal.tty, mark: terminal.mark},
		place: laidOut.place,
	});
	return (line) => {
		switch (line.say) {
			case 'go': {
				if (hasBegun) {
					return;
				}
				hasBegun = true;
				const progress = laidOut.begin();
				progress.ready.then(
					() => sendLine(socket, {tell: 'ready'}),
					() => undefined,
				);
				progress.exited.then(
					(status) => end({tell: 'exit', status}),
					(error: unknown) => end(describeError(error)),
				);
				return;
			}
			case 'signal':
				running.control.send('signal', number, line.signal);
				return;
			case 'resize':
				if (terminal !== undefined) {
					running.control.send('resize', terminal.tty, line.size.rows, line.size.columns);
				}
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
): Promise<((line: ClientLine) => void) | undefined> {
	const console = captured.find((each) => each.name === name);
	if (console === undefined) {
		const tty = name === 'shell' ? running.plan.consoles.shell : undefined;
		if (tty === undefined || !running.sharesConsoles) {
			return Promise.reject(
				new ShellError('not-found', `'${running.name}' has no console '${name}' to join`, {hint: 'See which there are with `consoles`'}),
			);
		}
		sendLine(socket, {tell: 'direct', tty, uri: running.uri, uuid: running.uuid});
		socket.end();
		return Promise.resolve(undefined);
	}
	sendLine(socket, {tell: 'relay'});
	const leave = console.join(
		(data) => {
			sendLine(socket, {tell: 'output', data: Buffer.from(data).toString('base64')});
			if (socket.writableLength > mostPending) {
				socket.destroy();
			}
		},
		() => socket.end(),
		recentBytes,
	);
	socket.once('close', leave);
	return Promise.resolve((line: ClientLine) => {
		if (line.say === 'input') {
			const {input} = console;
			// Who types faster than the guest reads waits.
			if (input?.write(Buffer.from(line.data, 'base64')) === false && !socket.isPaused()) {
				socket.pause();
				input.once('drain', () => socket.resume());
			}
		} else if (line.say === 'resize') {
			console.resize(line.size);
		}
	});
}
