import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import {ShellError, type ErrorCode} from '../../core/errors.ts';
import {within} from '../../core/within.ts';
import type {Sandbox} from '../types.ts';
import type {Link} from '../start/link.ts';
import {isAlive} from '../host/process-identity.ts';
import {lostWrites, tellLoss} from '../session/lost-writes.ts';
import {awaitWrites, stoppedMs, watchEnd} from '../start/sandbox-end.ts';
import {leaveToClean, Unending} from '../clean-up/unending.ts';
import type {Controller} from './controller.ts';
import {endByController} from './end-leftover.ts';
import type {RunningContainer} from './running-container.ts';

/** How long libvirt may take, after the end of a container's init, to say so: now and then libvirtd 11.3 misses that until it is asked. */
const missedMs = 500;
/** … and once its controller is: libvirtd has no more to wait for. */
const untoldMs = 150;
/** The status of a command that a hangup ended, and how much later than that its controller may be seen to be gone. */
const hungUp = 129;
const hangUpMs = 100;
/** How long the init may take to go when it is told to: a guest may have filled, or may drain, the pipe that tells it. */
const heardMs = 1000;
/** The same where it writes to images: one that has not heard it cannot say that all is written. The others write so long where their end is ordered. */
const [heardWritingMs, writtenMs] = [stoppedMs, 2000];
/** How long an init that was killed may take to go, once its controller has, and between two looks. */
const [initGoneMs, stepMs] = [1000, 10];

/** What of a running container its end needs. */
export type EndingContainer = Pick<
	RunningContainer,
	| 'state'
	| 'name'
	| 'controller'
	| 'uri'
	| 'control'
	| 'session'
	| 'drained'
	| 'tidied'
	| 'putBack'
	| 'held'
	| 'remove'
	| 'limit'
	| 'writesImages'
	| 'servers'
	| 'tellHandedOn'
	| 'usedUpMemory'
> & {
	readonly link: Omit<Link, 'connection'>;
};

/** A running container as the rest of the program sees it: how it ends, and that nothing of it stays. */
export function endContainer(container: EndingContainer): Sandbox {
	const {state, name, link, control, controller} = container;
	/** The end of the controller hangs up the terminals that it has: that is no end of the command's own. */
	const ownStatus = async (status: number): Promise<number> => {
		if (status !== hungUp || controller === undefined) return status;
		const until = clockMs() + hangUpMs;
		while (controller.isAlive() && clockMs() < until) await wait(hangUpMs / 10);
		if (controller.isAlive()) return status;
		throw new ShellError('failed', 'The sandbox ended before its command’s status was known', {hint: 'Its process libvirt_lxc has ended: was it killed?'});
	};
	let closing: Promise<void> | undefined;
	let destroying: Promise<void> | undefined;
	/** Whatever came of it. */
	const destroyed = Promise.withResolvers<void>();
	let dismissing: Promise<void> | undefined;
	/** Whether what serves its images was there until it was told to go: else what that had not written is lost. */
	let wereServed: boolean | undefined;
	/** It was ended with its command, by an order of ours. */
	let isOrdered = false;
	let hasLeft = false;
	void control.left.then(() => (hasLeft = true));
	/** Whether all is written to its images. */
	const written = Promise.withResolvers<boolean>();

	/** The container ends now: nicely, or, where that is not heard, by killing its init. */
	const dismiss = (): Promise<void> => {
		dismissing ??= (async () => {
			wereServed = container.servers.every(isAlive);
			// Not sooner: libvirt_lxc tells the guest's /proc/meminfo from the cgroup that it is in.
			container.limit.tell();
			await Promise.all([controller?.leaveCgroup(), link.closeConsoles()]);
			control.send('bye');
			void within(Promise.race([control.ended, control.leaving]), container.writesImages ? heardWritingMs : heardMs).then((isHeard) => isHeard || kill());
		})();
		return dismissing;
	};
	const kill = (): void => {
		if (controller !== undefined) controller.killInit();
		// Who waits for the end tries again, and tells the fault.
		else link.destroy().catch(() => undefined);
	};
	const {order, sandbox, ending, gone, isLost, hasExited, outlast} = watchEnd(container, {ownStatus, dismiss});

	/** Through libvirtd; where that has gone, the guest's own end is enough. */
	const destroyDomain = async (): Promise<void> => {
		try {
			await link.destroy();
		} catch (error) {
			if (!(await within(link.lost, 0)) || !(await within(gone, stoppedMs))) throw error;
		}
	};
	/** Its init may as well have been killed, or have failed to write, as been done with it. */
	const hasLost = (): boolean => container.writesImages && hasExited() && !isOrdered && !(hasLeft && wereServed === true);
	const writeOut = async (signal: AbortSignal | undefined): Promise<void> => {
		await awaitWrites([control.ended, gone.then(() => within(control.ended, heardMs)), destroyed.promise], signal);
		if (signal?.aborted === true) kill();
	};
	const waitForEnd = async (signal: AbortSignal | undefined): Promise<void> => {
		await Promise.race([ending, gone]);
		if (container.writesImages) await writeOut(signal);
		const missed = control.ended.then(() => hasToldEnd(gone, controller));
		if (await Promise.race([missed, within(gone, stoppedMs)])) return;
		await outlast(destroyDomain(), async () => {
			if (controller !== undefined && !(await endByController(controller))) return false;
			await container.limit.remove();
			return true;
		});
	};
	/** As long as its processes live, what tells of them stays. */
	const putAway = async (isOver: boolean, signal: AbortSignal | undefined): Promise<void> => {
		if (!isOver) {
			leaveToClean(state.path);
			container.held.releaseOnceGone(state.path);
			return;
		}
		await container.tellHandedOn();
		container.held.release();
		try {
			await container.putBack(signal);
		} finally {
			await container.remove(signal);
		}
	};
	const close = async (signal: AbortSignal | undefined): Promise<void> => {
		let isOver = false;
		try {
			await waitForEnd(signal).finally(() => written.resolve(!hasLost()));
			// Nobody else puts the rest of it away then.
			if (isLost() && controller !== undefined) await endByController(controller);
			// libvirtd gives up what it cannot kill.
			if (controller !== undefined && !(await hasInitGone(controller))) throw new Unending(name);
			isOver = true;
			await container.limit.remove();
			await within(container.tidied, stoppedMs);
		} finally {
			// Who still waits for a status then hears of it after the mark has gone.
			order.isGiven();
			control.close();
			// Its answer comes while the rest is done.
			const closed = link.close();
			await putAway(isOver || (controller?.isAlive() !== true && controller?.isInitAlive() !== true), signal).finally(() => closed);
		}
	};
	return {
		...sandbox,
		written: () => (container.writesImages && hasExited() ? written.promise : undefined),
		async destroy() {
			order.give();
			isOrdered ||= !hasExited();
			destroying ??= (async () => {
				if (controller !== undefined) {
					await dismiss();
					// The command's end was the order to write.
					if (container.writesImages && hasExited()) await within(Promise.race([control.ended, control.left]), writtenMs);
					controller.killInit();
				}
				if (!(await within(gone, controller === undefined ? 0 : 500))) await destroyDomain();
				await within(gone, stoppedMs);
			})().finally(destroyed.resolve);
			await destroying;
		},
		async close(signal) {
			const code = (): ErrorCode => (signal?.aborted === true || destroying !== undefined ? 'unavailable' : 'failed');
			closing ??= tellLoss(close(signal), (cause) => (hasLost() ? lostWrites(name, code(), cause) : undefined));
			await closing;
		},
	};
}

/** Whether libvirtd says that a container has ended whose init is gone; not where it has missed that. */
async function hasToldEnd(gone: Promise<unknown>, controller: Pick<Controller, 'isAlive'> | undefined): Promise<boolean> {
	if (controller === undefined) return within(gone, missedMs);
	const until = clockMs() + missedMs;
	while (controller.isAlive()) {
		if (clockMs() > until) return false;
		if (await within(gone, stepMs)) return true;
	}
	return within(gone, untoldMs);
}

async function hasInitGone(controller: Pick<Controller, 'isInitAlive'>): Promise<boolean> {
	const until = clockMs() + initGoneMs;
	while (controller.isInitAlive()) {
		if (clockMs() > until) return false;
		await wait(stepMs);
	}
	return true;
}
