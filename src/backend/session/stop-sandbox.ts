import {existsSync} from 'node:fs';
import {comesTrue} from '../../core/comes-true.ts';
import {ShellError} from '../../core/errors.ts';
import {within as resolvesWithin} from '../../core/within.ts';
import {isDead, isOfHere} from '../host/process-identity.ts';
import {errorCodes, hasCode, openConnection, type Connection} from '../libvirt/index.ts';
import type {StartOptions} from '../types.ts';
import {cleanLeftovers} from '../clean-up/clean.ts';
import {requireDomainOf} from '../clean-up/find-domain.ts';
import {reviveEmbedded} from '../host/libvirtd/embedded-libvirtd.ts';
import {explainLibvirtError} from '../host/libvirtd/explain-libvirt-error.ts';
import {askDestroy, askSignal, askWait, askWritten} from './control-client.ts';
import type {FoundSandbox} from './find-sandbox.ts';
import {lostWrites} from './lost-writes.ts';
import {markOrdered} from './own-order.ts';

const [hangup, terminate] = [1, 15];
/** Longer than an owner waits for a libvirtd that is slow to end the domain. */
const goneMs = 60_000;
const callMs = 15_000;
/** The same for one of whom is not known whether it lives: of another host, or pid namespace. */
const farMs = 5000;
/** How long its owner's last word may be on its way. */
const wordMs = 1000;
/** How long a sandbox may write out its images. */
const writeOutMs = 300_000;
/** How long an owner may take to end its sandbox when asked; one that was stopped never does. */
const askedMs = 10_000;
const stepMs = 20;

type StopOptions = Pick<StartOptions, 'caller' | 'signal' | 'trace'>;

/** Asks the command to end (HUP and TERM), destroys the domain `graceMs` later, and waits until all of it is gone. */
export async function stopSandbox(sandbox: FoundSandbox, graceMs: number, options: StopOptions): Promise<void> {
	const {isOwned, record} = sandbox;
	const end = isOwned && graceMs > 0 ? await endPolitely(sandbox, graceMs, options) : {isOver: false, isLost: false};
	if (!end.isOver) await destroySandbox(sandbox, options);
	if (end.isLost) throw lostWrites(record.name);
}

interface PoliteEnd {
	/** All of it has gone. */
	readonly isOver: boolean;
	/** What was written last to its images may be lost. */
	readonly isLost: boolean;
}

async function endPolitely(sandbox: FoundSandbox, graceMs: number, options: StopOptions): Promise<PoliteEnd> {
	const {statePath, record} = sandbox;
	const over = new AbortController();
	// Asked first: nobody answers once it has gone.
	const told = askWait(statePath, {...options, signal: either(options.signal, over.signal)}).catch(() => undefined);
	try {
		let isAnswered = true;
		for (const signal of record.tty ? [hangup, terminate] : [terminate]) {
			isAnswered = await askSignal(statePath, signal, within(options, graceMs)).then(
				() => true,
				() => false,
			);
		}
		if (await isGone(sandbox, graceMs, options)) return {isOver: true, isLost: (await promptly(told))?.isLost === true};
		// An owner that was stopped answers no other question either.
		const isWritten = isAnswered ? await hasWrittenOut(sandbox, options) : undefined;
		return {isOver: isWritten === true && (await isGone(sandbox, goneMs, options)), isLost: isWritten === false};
	} finally {
		over.abort();
	}
}

/** What is on its way already. */
async function promptly<T>(value: Promise<T>): Promise<T | undefined> {
	return (await resolvesWithin(value, wordMs)) ? value : undefined;
}

/** Whether it has written out its images since its command's end; undefined: there is nothing to write, or the command goes on. */
async function hasWrittenOut({statePath}: FoundSandbox, options: StopOptions): Promise<boolean | undefined> {
	const late = AbortSignal.timeout(writeOutMs);
	try {
		return await askWritten(statePath, {...options, signal: either(options.signal, late)});
	} catch {
		options.signal?.throwIfAborted();
		// Else its owner has gone, with it or not.
		return late.aborted ? false : undefined;
	}
}

/** Ends a sandbox of whatever owner at once, and waits until all of it is gone. */
export async function destroySandbox(sandbox: FoundSandbox, options: StopOptions): Promise<void> {
	const {record, statePath} = sandbox;
	const isOwned = (): boolean => !isDead(record);
	const takeBack = markOrdered(statePath);
	// The owner closes its consoles first: libvirtd 11.3 does not survive a destroy with unread input.
	const isAsked =
		isOwned() &&
		(await askDestroy(statePath, within(options, askedMs)).then(
			() => true,
			() => false,
		));
	if (!isAsked) {
		try {
			const wasThere = await destroyDomain(sandbox, options);
			if (!wasThere && !isOfHere(record) && existsSync(statePath)) throw ofElsewhere(record);
		} catch (error) {
			// Its owner needs no libvirtd that answers.
			if (!existsSync(statePath)) return;
			takeBack();
			throw error;
		}
	}
	// Its owner puts it away, as long as there is one: it may be killed at any moment.
	if (await isGone(sandbox, isOfHere(record) ? goneMs : farMs, options, isOwned)) return;
	if (isOwned()) {
		if (!isOfHere(record)) {
			throw new ShellError(
				'failed',
				`'${record.name}' has ended, and its owner (process ${record.owner.pid}), of another host or pid namespace, does not put it away`,
				{
					hint: `Where that host or namespace is no more, remove its state directory: ${statePath}`,
				},
			);
		}
		throw new ShellError('failed', `The owner of '${record.name}' (process ${record.owner.pid}) does not put it away`, {
			hint: 'End that process, then run `clean`',
		});
	}
	await cleanLeftovers(options);
}

function ofElsewhere({name, owner}: FoundSandbox['record']): ShellError {
	return new ShellError('refused', `The owner of '${name}' (process ${owner.pid}) is on another host, or in another pid namespace`, {
		hint: 'Stop the sandbox there; where that host or namespace is no more, remove its state directory',
	});
}

function within(options: StopOptions, milliseconds: number): StopOptions {
	return {...options, signal: either(options.signal, AbortSignal.timeout(milliseconds))};
}

function either(given: AbortSignal | undefined, ours: AbortSignal): AbortSignal {
	return given === undefined ? ours : AbortSignal.any([given, ours]);
}

/** Gives false where libvirtd knew of no such domain that runs. */
async function destroyDomain({record, statePath}: FoundSandbox, options: StopOptions): Promise<boolean> {
	let connection: Connection | undefined;
	try {
		await reviveEmbedded(record.uri, options.signal);
		connection = await openConnection(record.uri, {signal: options.signal, trace: options.trace, timeoutMs: callMs});
		const domain = await connection.lookupByUuid(record.uuid, {timeoutMs: callMs});
		await requireDomainOf(statePath, domain, connection);
		await connection.destroy(domain, {timeoutMs: 30_000});
		return true;
	} catch (error) {
		if (!hasCode(error, errorCodes.noDomain) && !hasCode(error, errorCodes.operationInvalid)) {
			throw explainLibvirtError(error, record.uri);
		}
		return false;
	} finally {
		await connection?.close();
	}
}

/** Whether all of it goes in time; given up at once when nobody is left to put it away. */
async function isGone({statePath}: FoundSandbox, milliseconds: number, {signal}: StopOptions, isOwned: () => boolean = () => true): Promise<boolean> {
	await comesTrue(() => !existsSync(statePath) || !isOwned(), {mostMs: milliseconds, stepMs, signal});
	return !existsSync(statePath);
}
