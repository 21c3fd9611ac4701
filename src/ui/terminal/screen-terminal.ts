import type {GuestSession} from '../../backend/types.ts';
import type {GuestAttachment, GuestTerminal} from '../../commands/context.ts';
import {clockMs} from '../../core/clock-ms.ts';
import {ShellError} from '../../core/errors.ts';
import type {Drawing} from '../drawing.tsx';
import {createKeyDecoder} from '../keys/key-decoder.ts';
import type {Key} from '../keys/decode-keys.ts';
import type {ScreenOptions} from '../screen-types.ts';
import {createByteRoute, type RouteOptions} from '../session/route-bytes.ts';
import {createMouseParter} from './part-mouse.ts';
import {createScreenInput} from './screen-input.ts';
import {sizeOf} from './screen-output.ts';

/** Where what is typed goes. */
interface Typing extends Pick<RouteOptions, 'console' | 'toConsole' | 'leave' | 'enterAgain'> {
	onKeys(keys: readonly Key[]): void;
	/** The terminal is gone. */
	onEnd(): void;
	/** The terminal was given back. */
	onBack(): void;
}

/** The person's terminal: the screen's, or for a while somebody else's. */
export interface ScreenTerminal {
	open(): void;
	/** A guest that has it is seen and heard no more. */
	settle(): Promise<void>;
	/** For good: as it was, whoever has it. */
	close(): void;
	/** Does what ^C does; nothing while the terminal is lent. */
	interrupt(): void;
	/** Whoever stopped this process may have left the terminal as it was before us. */
	renew(): void;
	/** From whom it is lent to, as their escape key does: their guest is out of reach. */
	takeBack(): void;
	/** Who draws on it, once somebody does. */
	drawn(drawing: Drawing): void;
	/** Gives the terminal away while some work has it; one after another. Rejects with 'interrupted' what has not begun when it is closed. */
	giveAway<T>(work: () => Promise<T>): Promise<T>;
	/** Lends it to a guest until its escape key or its end; as `giveAway`. */
	lend(session: GuestSession, greeting: string): Promise<void>;
	/** Rings once for bells in a row, and only while the terminal is the screen's. */
	ring(): void;
	/** The same for commands. */
	readonly guest: GuestTerminal;
}

const interruptKey = Buffer.from('\x03');

/** Between two bells, in milliseconds. */
const bellMs = 100;

interface TerminalOptions extends Pick<ScreenOptions, 'input' | 'output' | 'lent' | 'escapeByte'> {
	/** The mouse is ours, not the terminal's own. */
	readonly mouse: boolean;
}

/** For work that nobody waits for: that the session has ended is no fault. */
export function allowEnd(error: unknown): void {
	if (!(error instanceof ShellError && error.code === 'interrupted')) {
		throw error;
	}
}

export function createScreenTerminal({input, output, lent, escapeByte, mouse}: TerminalOptions, typing: Typing): ScreenTerminal {
	let drawing: Drawing | undefined;
	let lease: Promise<unknown> = Promise.resolve();
	let isClosed = false;
	let isAway = false;
	let rungAt = Number.NEGATIVE_INFINITY;
	let greeting: readonly string[] = [];
	let loan: {readonly attachment: GuestAttachment; leave(): void} | undefined;
	const decoder = createKeyDecoder((keys) => typing.onKeys(keys));
	const toKeys = (bytes: Uint8Array): void => decoder.push(bytes);
	const route = createByteRoute({...typing, escape: escapeByte, toKeys, now: () => clockMs()});
	const keyboard = createScreenInput({
		input,
		mouse,
		write: (text) => output.write(text),
		onBytes: mouse ? createMouseParter(toKeys, route) : route,
		onEnd: () => typing.onEnd(),
	});

	function refuseClosed(): void {
		if (isClosed) {
			throw new ShellError('interrupted', 'The session has ended');
		}
	}

	function giveAway<T>(work: () => Promise<T>): Promise<T> {
		const turn = lease.then(async () => {
			refuseClosed();
			const resumeDrawing = await drawing?.suspend();
			refuseClosed();
			isAway = true;
			keyboard.close();
			decoder.reset();
			try {
				return await work();
			} finally {
				if (!isClosed) {
					isAway = false;
					keyboard.open();
					typing.onBack();
					await resumeDrawing?.();
				}
			}
		});
		lease = turn.catch(() => undefined);
		return turn;
	}

	/** Until it is detached. */
	function attach(session: GuestSession, leave: () => void): GuestAttachment {
		const attachment = lent.attach(session, leave);
		const own = {attachment, leave};
		loan = own;
		return {
			done: attachment.done,
			settle: () => attachment.settle(),
			detach() {
				attachment.detach();
				loan = loan === own ? undefined : loan;
			},
		};
	}

	return {
		open: () => keyboard.open(),
		settle: () => loan?.attachment.settle() ?? Promise.resolve(),
		close() {
			isClosed = true;
			loan?.attachment.detach();
			keyboard.close();
		},
		interrupt() {
			if (!isAway && !isClosed) toKeys(interruptKey);
		},
		renew() {
			if (!isAway && !isClosed) void giveAway(() => Promise.resolve()).catch(allowEnd);
		},
		takeBack: () => loan?.leave(),
		drawn(by) {
			drawing = by;
		},
		giveAway,
		lend: (session, greeting) =>
			giveAway(async () => {
				output.write(greeting);
				const left = Promise.withResolvers<void>();
				const attachment = attach(session, left.resolve);
				await Promise.race([attachment.done.catch(() => undefined), left.promise]);
				await attachment.settle();
				attachment.detach();
			}),
		ring() {
			const now = clockMs();
			if (isAway || isClosed || now - rungAt < bellMs) return;
			rungAt = now;
			output.write('\x07');
		},
		guest: {
			escape: lent.escape,
			size: () => sizeOf(output),
			greet: (lines) => void (greeting = lines),
			attach(session, onLeave) {
				const said = greeting.map((line) => `${line}\r\n`).join('');
				greeting = [];
				const over = Promise.withResolvers<void>();
				const done = Promise.withResolvers<unknown>();
				let attachment: GuestAttachment | undefined;
				let left = false;
				void giveAway(async () => {
					if (!left) {
						output.write(said);
						attachment = attach(session, onLeave);
						done.resolve(attachment.done);
						await over.promise;
					}
				}).catch(done.reject);
				return {
					done: done.promise,
					settle() {
						left = true;
						return attachment?.settle() ?? Promise.resolve();
					},
					detach() {
						left = true;
						attachment?.detach();
						// Where its turn has not come there is nothing to wait for.
						done.resolve(attachment?.done);
						over.resolve();
					},
				};
			},
		},
	};
}
