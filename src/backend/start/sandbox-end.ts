import {ShellError} from '../../core/errors.ts';
import {within} from '../../core/within.ts';
import {Unending} from '../clean-up/unending.ts';
import {openOrder} from '../session/own-order.ts';
import type {Sandbox} from '../types.ts';
import type {Link} from './link.ts';
import type {RunningSandbox} from './running-sandbox.ts';

/** How long libvirt may take, after a guest's end, to say so. */
export const stoppedMs = 10_000;
/** The same where it first writes out what it has written to images: a slow disk takes its time for gigabytes. */
const writeOutMs = 300_000;
/** How long libvirtd may take to answer once the guest is seen to be gone. */
const answerMs = 3000;

/** What of a running sandbox its end takes, of whatever kind. */
type Ending = Pick<RunningSandbox, 'state' | 'name' | 'uri' | 'session' | 'drained' | 'usedUpMemory'> & {
	readonly link: Pick<Link, 'stopped' | 'lost'>;
	readonly control: {readonly ended: Promise<unknown>};
};

interface Manner {
	/** The status that the guest tells, unless something else has ended the command. */
	readonly ownStatus?: (status: number) => Promise<number>;
	/** Has the guest go. */
	dismiss(): unknown;
}

/** The end of a sandbox as it is seen: by libvirtd, or by the guest where that has gone. */
interface SandboxEnd {
	readonly order: ReturnType<typeof openOrder>;
	/** What does not depend on how it is ended. */
	readonly sandbox: Pick<Sandbox, 'id' | 'name' | 'uri' | 'session' | 'isOrdered'>;
	/** The guest is on its way out, after its command. */
	readonly ending: Promise<unknown>;
	readonly gone: Promise<void>;
	isGone(): boolean;
	/** The connection to libvirtd has gone. */
	isLost(): boolean;
	/** The command has ended, by itself or not. */
	hasExited(): boolean;
	/** Waits for a destroy, and what comes of it. `kill`: without libvirtd; false where something of it does not end. */
	outlast(destroyed: Promise<void>, kill: () => Promise<boolean>): Promise<void>;
}

/** Waits for what ends a guest that writes out its images first. Nobody has to wait who hurries; and where nobody waits it takes what it takes. */
export async function awaitWrites(ends: ReadonlyArray<Promise<unknown>>, signal: AbortSignal | undefined): Promise<void> {
	const hurried = Promise.withResolvers<void>();
	signal?.addEventListener('abort', () => hurried.resolve(), {once: true});
	if (signal?.aborted === true) hurried.resolve();
	const over = Promise.race([...ends, hurried.promise]);
	await (signal === undefined ? over : within(over, writeOutMs));
}

/** Watches the end of a sandbox. The command's end is the sandbox's, whether anybody waits for it or not. */
export function watchEnd({state, name, uri, session, drained, usedUpMemory, link, control}: Ending, {ownStatus, dismiss}: Manner): SandboxEnd {
	const order = openOrder(state.path);
	let outOfMemory: number | undefined;
	let hasExited = false;
	let isGone = false;
	let isLost = false;
	const exited = session.exited.then((status) => {
		hasExited = true;
		// Now: the guest leaves what tells of it.
		outOfMemory = usedUpMemory(status);
		return ownStatus?.(status) ?? status;
	});
	exited.catch(() => undefined);
	void link.lost.then(() => (isLost = true));
	const gone = Promise.race([link.stopped, Promise.all([link.lost, control.ended])]).then(() => void (isGone = true));
	return {
		order,
		sandbox: {
			id: state.id,
			name,
			uri,
			session: {...session, exited: order.orKilled(exited), outOfMemory: () => outOfMemory},
			isOrdered: order.isGiven,
		},
		// The guest goes when all that it has sent is here, and it is known that it has not gone by itself.
		ending: exited
			.catch(() => undefined)
			.then(() => drained)
			.then(() => dismiss()),
		gone,
		isGone: () => isGone,
		isLost: () => isLost,
		hasExited: () => hasExited,
		async outlast(destroyed, kill) {
			const killForSure = async (): Promise<void> => {
				if (!(await kill())) throw new Unending(name);
			};
			// The guest is seen to be gone: nobody has to wait long for a libvirtd that hangs.
			if ((await within(control.ended, 0)) && !(await within(destroyed, answerMs))) {
				destroyed.catch(() => undefined);
				await killForSure();
				throw new ShellError('unavailable', `libvirtd does not answer: what is left of '${name}' is removed later`, {
					hint: '`virt-sandbox --clean` does so, once libvirtd answers',
				});
			}
			await destroyed;
			if (await within(gone, stoppedMs)) return;
			await killForSure();
			throw new ShellError('failed', `libvirtd does not say that '${name}' has ended`, {
				hint: '`virt-sandbox --clean` removes what is left, once it does',
			});
		},
	};
}
