import {ShellError, type ErrorCode} from '../../core/errors.ts';
import {within} from '../../core/within.ts';
import type {Sandbox, Voice} from '../types.ts';
import type {Link} from '../start/link.ts';
import {lostWrites, tellLoss} from '../session/lost-writes.ts';
import type {RunningSandbox} from '../start/running-sandbox.ts';
import {awaitWrites, stoppedMs, watchEnd} from '../start/sandbox-end.ts';
import {leaveToClean, Unending} from '../clean-up/unending.ts';
import {openQemus} from './machine-process.ts';
import {removeLeftoverMachine} from './leftover-machine.ts';
import type {MachineControl} from './ports/machine-control.ts';
import type {ServedTree} from './root/serve-tree.ts';

/** How long a guest may take to power off, and libvirt to say so. */
const powerOffMs = 5000;
/**
 * How long libvirtd sees a client that has left. Half of it is libvirtd's own: after a guest's end it looks for its processes every
 * 200 ms, and locks up for all when a connection with autodestroy ends meanwhile.
 */
const leftMs = 500;

/** A machine whose command has begun. */
export interface RunningMachine extends RunningSandbox {
	readonly link: Link;
	readonly control: MachineControl;
	/** The user that its QEMU runs as; undefined: that of libvirtd. */
	readonly qemu: number | undefined;
	/** Nothing of the host has to wait for its end: no image, nothing temporary, no label to put back, no port that the next one may want. */
	readonly endsAlone: boolean;
	/** It may write to files of the host, at which somebody may look once it is over. */
	readonly canWrite: boolean;
	/** The same of images: what was written last is in the guest's memory until it has unmounted them. */
	readonly writesImages: boolean;
	readonly voice: Pick<Voice, 'notice'>;
	/** What serves the host's files to it, where that is ours. */
	readonly served: ServedTree | undefined;
	/** Ends our side of the guest's ports. */
	closePorts(): void;
}

/** What of it its end takes. */
export type EndingMachine = Omit<
	RunningMachine,
	'plan' | 'caller' | 'link' | 'control' | 'found' | 'sharesConsoles' | 'sharesUsers' | 'isSuspended' | 'openConsole' | 'prepareSession'
> & {
	readonly link: Pick<Link, 'destroy' | 'stopped' | 'lost' | 'poweredOff' | 'close'> & {readonly connection: Pick<Link['connection'], 'leaveOpen'>};
	readonly control: Pick<MachineControl, 'send' | 'ended' | 'left'>;
};

/** A running machine as the rest of the program sees it: how it ends, and that nothing of it stays. */
export function endMachine(machine: EndingMachine): Sandbox {
	const {state, name, uri, link, control} = machine;
	const qemus = openQemus(machine);
	const {order, sandbox, ending, gone, isGone, isLost, hasExited, outlast} = watchEnd(machine, {dismiss: () => control.send('bye')});
	const kill = (): Promise<boolean> => qemus.kill(stoppedMs);
	let closing: Promise<void> | undefined;
	let destroying: Promise<void> | undefined;
	/** Whatever came of it. */
	const destroyed = Promise.withResolvers<void>();
	/** It was ended with its command, by an order of ours: a power cut that was asked for. */
	let isPowerCut = false;
	let hasLeft = false;
	void control.left.then(() => (hasLeft = true));
	/** Whether all is written to its images. */
	const written = Promise.withResolvers<boolean>();
	/** By 9p QEMU itself may wait for a directory that somebody holds up: libvirtd would answer nobody while it tries to end that. */
	const endOwnWaits = async (): Promise<void> => {
		if (!isGone() && machine.served === undefined && !(await qemus.end(stoppedMs))) throw new Unending(name);
	};
	/** Through libvirt, or without it where libvirtd has gone. */
	const endDomain = async (): Promise<void> => {
		if (isGone()) return;
		try {
			await link.destroy();
		} catch (error) {
			if (isGone()) return;
			if (!(await kill())) throw new Unending(name, error);
		}
	};
	const end = async (): Promise<void> => {
		await endOwnWaits();
		await endDomain();
	};

	const waitForEnd = async (signal: AbortSignal | undefined): Promise<void> => {
		await Promise.race([ending, gone, destroyed.promise]);
		if (await within(gone, powerOffMs)) return;
		if (machine.writesImages && destroying === undefined && (await writeOut(signal))) return;
		await endHard();
	};
	/** Its guest may as well have been killed, or have stopped, as powered off. */
	const hasLost = (): boolean => machine.writesImages && hasExited() && !isPowerCut && !hasLeft;
	/** Whether it ends while it is given the time for that. */
	const writeOut = async (signal: AbortSignal | undefined): Promise<boolean> => {
		if (!hasLeft) {
			machine.voice.notice('info', 'writing-out', `'${name}' is flushing its writes to its images`);
			// Without a libvirtd nobody ends the QEMU of a guest that has powered off.
			await awaitWrites([gone, control.left.then(() => within(gone, powerOffMs)), destroyed.promise], signal);
		}
		return isGone();
	};
	const endHard = async (): Promise<void> => {
		await endOwnWaits();
		await outlast(endDomain(), kill);
	};
	const putAway = async (isOver: boolean, signal: AbortSignal | undefined): Promise<void> => {
		if (!isOver) {
			leaveToClean(state.path);
			machine.held.releaseOnceGone(state.path);
			return;
		}
		machine.held.release();
		try {
			await machine.putBack(signal);
		} finally {
			await machine.remove(signal);
		}
	};
	const close = async (signal: AbortSignal | undefined): Promise<void> => {
		let isStuck = false;
		let isUnending = false;
		try {
			await waitForEnd(signal).finally(() => written.resolve(!hasLost()));
			// Nobody else puts the rest of it away then.
			if (isLost()) {
				if (!(await kill())) throw new Unending(name);
				await removeLeftoverMachine({name, uri});
			}
			await within(machine.tidied, stoppedMs);
		} catch (error) {
			isUnending = error instanceof Unending;
			throw error;
		} finally {
			// Who still waits for a status then hears of it after the mark has gone.
			order.isGiven();
			machine.closePorts();
			isStuck = (await machine.served?.stop()) === false;
			await link.close();
			// As long as its QEMU lives, what tells of it stays.
			await putAway(!isUnending, signal);
		}
		if (!isStuck) return;
		throw new ShellError('unavailable', `virtiofsd of '${name}' does not end: what the command asked for last may be done to files of the host later`, {
			hint: 'It waits for a directory that somebody holds up, or for a file system that does not answer',
		});
	};
	const closeTellingLoss = (signal: AbortSignal | undefined): Promise<void> => {
		const code = (): ErrorCode => (signal?.aborted === true || destroying !== undefined ? 'unavailable' : 'failed');
		return tellLoss(close(signal), (cause) => (hasLost() ? lostWrites(name, code(), cause) : undefined));
	};
	/** False: it may still write to files of the host, by what its command left behind and its init has overlooked. */
	const endWriting = async (): Promise<boolean> => {
		if (!machine.canWrite) return true;
		// By 9p QEMU itself writes.
		const isOver = await within(machine.served === undefined ? gone : Promise.race([link.poweredOff, gone]), powerOffMs);
		if (isOver) return (await machine.served?.stop()) !== false;
		end().catch(() => undefined);
		return false;
	};
	/** False: something of the host depends on the guest's real end, or it goes already. */
	const leave = async (signal: AbortSignal | undefined): Promise<boolean> => {
		if (!machine.endsAlone || destroying !== undefined) return false;
		await Promise.race([ending, gone, destroyed.promise]);
		if (destroying !== undefined || !(await endWriting())) return false;
		await within(machine.tidied, stoppedMs);
		const held = machine.served === undefined || machine.canWrite ? [] : [machine.served.life];
		if (isGone() || !(await link.connection.leaveOpen(leftMs, held))) return false;
		machine.closePorts();
		await putAway(true, signal);
		return true;
	};
	return {
		...sandbox,
		written: () => (machine.writesImages && hasExited() ? written.promise : undefined),
		async destroy() {
			order.give();
			isPowerCut ||= !hasExited();
			destroying ??= (async () => {
				await end();
				await within(gone, stoppedMs);
			})().finally(destroyed.resolve);
			await destroying;
		},
		async close(signal) {
			closing ??= closeTellingLoss(signal);
			await closing;
		},
		async leave(signal) {
			closing ??= leave(signal).then((isLeft) => (isLeft ? undefined : closeTellingLoss(signal)));
			await closing;
		},
	};
}
