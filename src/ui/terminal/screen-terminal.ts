import type {Session as GuestSession} from '../../backend/types.ts';
import type {GuestTerminal} from '../../commands/context.ts';
import type {Drawing} from '../drawing.tsx';
import {createKeyDecoder} from '../keys/key-decoder.ts';
import type {Key} from '../keys/decode-keys.ts';
import type {ScreenOptions} from '../screen-types.ts';
import {createByteRoute, type RouteOptions} from '../session/route-bytes.ts';
import {createScreenInput} from './screen-input.ts';
import {sizeOf} from './screen-output.ts';

/** Where what is typed goes. */
export interface Typing extends Pick<RouteOptions, 'console' | 'toConsole' | 'leave' | 'enterAgain'> {
	onKeys(keys: readonly Key[]): void;
	/** The terminal is gone. */
	onEnd(): void;
	/** The terminal was given back. */
	onBack(): void;
}

/** The person's terminal: the screen's, or for a while somebody else's. */
export interface ScreenTerminal {
	open(): void;
	close(): void;
	/** Who draws on it, once somebody does. */
	drawn(drawing: Drawing): void;
	/** Gives the terminal away while some work has it; one after another. */
	giveAway<T>(work: () => Promise<T>): Promise<T>;
	/** Lends it to a guest until its escape key or its end. */
	lend(session: GuestSession, greeting: string): Promise<void>;
	/** The same for commands. */
	readonly guest: GuestTerminal;
}

export function createScreenTerminal({input, output, lent, escapeByte}: ScreenOptions, typing: Typing): ScreenTerminal {
	let drawing: Drawing | undefined;
	let lease: Promise<unknown> = Promise.resolve();
	const decoder = createKeyDecoder((keys) => typing.onKeys(keys));
	const keyboard = createScreenInput({
		input,
		write: (text) => output.write(text),
		onBytes: createByteRoute({...typing, escape: escapeByte, toKeys: (bytes) => decoder.push(bytes), now: () => performance.now()}),
		onEnd: () => typing.onEnd(),
	});

	function giveAway<T>(work: () => Promise<T>): Promise<T> {
		const turn = lease.then(async () => {
			const takeBack = await drawing?.suspend();
			keyboard.close();
			decoder.reset();
			try {
				return await work();
			} finally {
				keyboard.open();
				typing.onBack();
				await takeBack?.();
			}
		});
		lease = turn.catch(() => undefined);
		return turn;
	}

	return {
		open: () => keyboard.open(),
		close: () => keyboard.close(),
		drawn(by) {
			drawing = by;
		},
		giveAway,
		lend: (session, greeting) =>
			giveAway(async () => {
				output.write(greeting);
				const left = Promise.withResolvers<void>();
				const attachment = lent.attach(session, left.resolve);
				await Promise.race([attachment.done.catch(() => undefined), left.promise]);
				attachment.detach();
			}),
		guest: {
			escape: lent.escape,
			size: () => sizeOf(output),
			attach(session, onLeave) {
				const over = Promise.withResolvers<void>();
				const done = Promise.withResolvers<unknown>();
				let attachment: {readonly done: Promise<unknown>; detach(): void} | undefined;
				let left = false;
				void giveAway(async () => {
					if (!left) {
						attachment = lent.attach(session, onLeave);
						done.resolve(attachment.done);
						await over.promise;
					}
				}).catch(done.reject);
				return {
					done: done.promise,
					detach() {
						left = true;
						attachment?.detach();
						over.resolve();
					},
				};
			},
		},
	};
}
