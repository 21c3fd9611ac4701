import type {Duplex} from 'node:stream';
import {ShellError} from '../../core/errors.ts';
import {
	CallTimeout,
	createFlags,
	domainStates,
	hasCode,
	lifecycleEvents,
	errorCodes,
	LibvirtError,
	openConnection,
	stoppedDetails,
	type Connection,
	type DomainRef,
	type PassedDescriptors,
} from '../libvirt/index.ts';
import type {StartOptions} from '../types.ts';
import {CreateUnanswered} from './create-unanswered.ts';

const callMs = {quick: 2000, create: 120_000, resume: 30_000, attach: 30_000, destroy: 30_000, unanswered: 5000, open: 20_000} as const;

/** How a domain is created. */
interface CreateManner {
	/** It ends with the connection. */
	readonly autodestroy: boolean;
	/** Nothing of it runs before a resume. */
	readonly isPaused?: boolean;
}

/** A connection to libvirtd that one sandbox lives by. With lifetime client the domain ends when it does. */
export interface Link {
	/** Starts the domain; false: its name is taken. */
	create(xml: string, manner: CreateManner, descriptors?: PassedDescriptors): Promise<boolean>;
	/** Lets a domain go on that was created paused. */
	resume(): Promise<void>;
	/** In place of a create: the domain runs. */
	join(): Promise<void>;
	/** Adds a device to the running domain. */
	attach(device: string): Promise<void>;
	/** The names that are taken, at this moment. */
	listNames(): Promise<ReadonlySet<string>>;
	/** Ends the domain hard; one that is gone already is fine. Where libvirtd has not even answered the create, a CreateUnanswered soon. */
	destroy(): Promise<void>;
	/** Whether the domain is suspended; false where libvirtd does not say. */
	isSuspended(): Promise<boolean>;
	/** Opens the guest's console, on a connection of its own: a guest that does not read blocks all calls on it. 1 is /dev/tty1. */
	openConsole(number: number): Promise<Duplex>;
	/** The same for a sandbox that outlives this connection: joined again whenever libvirtd has been away. */
	openLastingConsole(number: number): Promise<Duplex>;
	/** libvirt's number of the domain, once it is created. */
	domainId(): number;
	/** The domain has gone, by itself or because somebody destroyed it. */
	readonly stopped: Promise<'ended' | 'destroyed'>;
	/** A machine's guest has powered off: it runs no more, and its end is to come. */
	readonly poweredOff: Promise<void>;
	/** The connection has ended, by us or not. */
	readonly lost: Promise<void>;
	/** Ends the consoles alone, and waits until libvirtd has put them away: a guest that ends before that may bring it down, or lock it up for all. */
	closeConsoles(): Promise<void>;
	/** For what else is to be asked. */
	readonly connection: Connection;
	close(): Promise<void>;
}

/** Opens a link for the domain with this uuid and listens for its end. A fault is a ShellError. */
export async function openLink(uri: string, uuid: string, options: Pick<StartOptions, 'signal' | 'trace' | 'keepalive'>): Promise<Link> {
	const {signal, trace, keepalive} = options;
	const attempt = async <Result>(work: Promise<Result>): Promise<Result> => {
		try {
			return await work;
		} catch (error) {
			throw await explain(error, uri);
		}
	};
	const open = (): Promise<Connection> => attempt(openConnection(uri, {signal, trace, keepalive, timeoutMs: callMs.open}));
	const connection = await open();
	const stopped = Promise.withResolvers<'ended' | 'destroyed'>();
	const poweredOff = Promise.withResolvers<void>();
	const consoles: Array<{readonly connection: Connection; readonly stream: Duplex}> = [];
	let domain: DomainRef | undefined;
	let isAttempted = false;
	let isAnswered = true;
	// Not awaited: the call goes out before the one that creates, and is answered before it.
	const listening = connection.onLifecycle(({domain: which, event, detail}) => {
		if (which.uuid !== uuid) return;
		if (event === lifecycleEvents.shutdown) poweredOff.resolve();
		if (event === lifecycleEvents.stopped) stopped.resolve(detail === stoppedDetails.destroyed ? 'destroyed' : 'ended');
		if (event === lifecycleEvents.crashed) stopped.resolve('ended');
	});
	listening.catch(() => undefined);
	let isEnding = false;
	const closeConsoles = async (): Promise<void> => {
		isEnding = true;
		const open = consoles.splice(0);
		if (open.length === 0) return;
		await Promise.all(open.map((each) => each.connection.close()));
		// An answer means that libvirtd's main loop has been round once more, so that it has put the streams away.
		await connection.getLibVersion({timeoutMs: callMs.quick}).catch(() => undefined);
	};

	const openConsole = async (number: number): Promise<Duplex> => {
		const own = await open();
		try {
			const stream = await own.openConsole(domain ?? {name: '', uuid, id: -1}, `console${number - 1}`, 0, {signal});
			consoles.push({connection: own, stream});
			return stream;
		} catch (error) {
			await own.close();
			throw await explain(error, uri);
		}
	};
	return {
		async create(xml, {autodestroy, isPaused = false}, descriptors) {
			await attempt(listening);
			isAttempted = true;
			isAnswered = false;
			try {
				const flags = (autodestroy ? createFlags.autodestroy : 0) + (isPaused ? createFlags.paused : 0);
				const callOptions = {signal, timeoutMs: callMs.create};
				domain = await (descriptors === undefined
					? connection.createXml(xml, flags, callOptions)
					: connection.createXmlWithFiles(xml, descriptors, flags, callOptions));
				isAnswered = true;
				return true;
			} catch (error) {
				isAnswered = error instanceof LibvirtError;
				const {isNameTaken} = await import('../host/libvirtd/explain-libvirt-error.ts');
				if (isNameTaken(error)) return false;
				throw await explain(error, uri);
			}
		},
		async resume() {
			if (domain === undefined) throw new ShellError('failed', 'There is no domain yet that could go on');
			await attempt(connection.resume(domain, {signal, timeoutMs: callMs.resume}));
		},
		async join() {
			await attempt(listening);
			isAttempted = true;
			domain = await attempt(connection.lookupByUuid(uuid, {signal, timeoutMs: callMs.quick}));
		},
		async attach(device) {
			if (domain === undefined) throw new ShellError('failed', 'There is no domain yet that could be given a device');
			await attempt(connection.attachDeviceFlags(domain, device, 0, {timeoutMs: callMs.attach}));
		},
		async listNames() {
			const domains = await attempt(connection.listAllDomains(0, {signal}));
			return new Set(domains.map(({name}) => name));
		},
		async destroy() {
			// libvirtd 11.3 does not survive the end of a guest with unread console input.
			await closeConsoles();
			if (!isAttempted) return;
			try {
				// A create that was given up may have come true all the same.
				const timeoutMs = isAnswered ? callMs.destroy : callMs.unanswered;
				domain ??= await connection.lookupByUuid(uuid, {timeoutMs});
				await connection.destroy(domain, {timeoutMs});
				// Its event may have been missed.
				stopped.resolve('destroyed');
			} catch (error) {
				if (hasCode(error, errorCodes.noDomain)) stopped.resolve('ended');
				if (hasCode(error, errorCodes.noDomain) || hasCode(error, errorCodes.operationInvalid)) return;
				throw error instanceof CallTimeout && !isAnswered ? new CreateUnanswered(error) : await explain(error, uri);
			}
		},
		async isSuspended() {
			const asked = domain === undefined ? undefined : await connection.getState(domain, {timeoutMs: callMs.quick}).catch(() => undefined);
			return asked?.state === domainStates.paused;
		},
		openConsole,
		async openLastingConsole(number) {
			const {LastingConsole} = await import('./lasting-console.ts');
			return new LastingConsole(await openConsole(number), {open: () => openConsole(number), isEnding: () => isEnding});
		},
		domainId: () => domain?.id ?? -1,
		stopped: stopped.promise,
		poweredOff: poweredOff.promise,
		lost: connection.closed.then(() => undefined),
		closeConsoles,
		connection,
		async close() {
			await closeConsoles();
			await connection.close();
		},
	};
}

/** A link whose creates go by way of another function, which is given what the link itself does. */
export function creatingBy(link: Link, way: (create: () => Promise<boolean>) => Promise<boolean>): Link {
	return {...link, create: (...args) => way(() => link.create(...args))};
}

/** Most calls do not fail. */
async function explain(error: unknown, uri: string): Promise<unknown> {
	const {explainLibvirtError} = await import('../host/libvirtd/explain-libvirt-error.ts');
	return explainLibvirtError(error, uri);
}
