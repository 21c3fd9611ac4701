import type {CallOptions, PassedDescriptors} from './calls.ts';
import type {Channel} from './channel.ts';
import {Consoles} from './consoles.ts';
import type {CloseReason} from './errors.ts';
import {LifecycleSource, type LifecycleListener} from './events.ts';
import type {MonitorListener, MonitorSource} from './monitor-events.ts';
import {sayGoodbye} from './say-goodbye.ts';
import {procedures, type Procedure} from './procedures.ts';
import type {DomainInfo, DomainStats, InterfaceAddresses, SecurityLabel} from './results.ts';
import type {LibvirtStream} from './stream.ts';
import type {HeldSocket} from './transport/transport-hold.ts';
import type {DomainRef, NetworkRef} from './wire-types.ts';

/**
 * An open connection to libvirtd. Every call rejects with LibvirtError (libvirtd's answer), ConnectionLost, CallTimeout, the reason of
 * its signal, or RangeError (an argument that libvirt would refuse).
 */
export class Connection {
	/** As it was given to openConnection. */
	readonly uri: string;
	/** Resolves with why the connection has ended; never rejects. */
	readonly closed: Promise<CloseReason>;
	readonly #channel: Channel;
	readonly #lifecycle: LifecycleSource;
	#monitor: MonitorSource | undefined;
	readonly #consoles: Consoles;
	readonly #goodbyeMs: number;
	#closing: Promise<void> | undefined;

	/** `goodbyeMs`: longest that close() waits for libvirtd's answer, after its streams. */
	constructor(uri: string, channel: Channel, {goodbyeMs}: {readonly goodbyeMs: number}) {
		this.uri = uri;
		this.closed = channel.closed;
		this.#channel = channel;
		this.#goodbyeMs = goodbyeMs;
		this.#lifecycle = new LifecycleSource(channel);
		this.#consoles = new Consoles(channel, this.#lifecycle);
	}

	/** Ends the connection in order: streams first, then the connection. Guests with autodestroy end with it. Never rejects; may be called again. */
	close(): Promise<void> {
		this.#closing ??= sayGoodbye(this.#channel, this.#goodbyeMs);
		return this.#closing;
	}

	/** For a process that ends now: guests with autodestroy live on for so long, and the other sockets stay open with it. False: close it as usual. */
	async leaveOpen(milliseconds: number, others: readonly HeldSocket[]): Promise<boolean> {
		const {leaveOpen} = await import('./transport/transport-hold.ts');
		return leaveOpen(this.#channel, milliseconds, others);
	}

	/** Any procedure, also one that has no method here. */
	call<Args extends readonly unknown[], Result>(procedure: Procedure<Args, Result>, args: Args, options?: CallOptions): Promise<Result> {
		return this.#channel.call(procedure, args, options);
	}

	/** The driver's name, for instance `LXC`. */
	getType(options?: CallOptions): Promise<string> {
		return this.#channel.call(procedures.getType, [], options);
	}

	/** Of libvirtd: major × 1,000,000 + minor × 1000 + release. */
	getLibVersion(options?: CallOptions): Promise<number> {
		return this.#channel.call(procedures.getLibVersion, [], options);
	}

	getHostname(options?: CallOptions): Promise<string> {
		return this.#channel.call(procedures.getHostname, [], options);
	}

	/** XML. */
	getCapabilities(options?: CallOptions): Promise<string> {
		return this.#channel.call(procedures.getCapabilities, [], options);
	}

	/** Starts a domain that is not kept when it ends. Flags: `createFlags`. */
	createXml(xml: string, flags = 0, options?: CallOptions): Promise<DomainRef> {
		return this.#channel.call(procedures.createXml, [xml, flags], options);
	}

	/** The same, with descriptors that its first process has from number 3 on. Local connections alone can pass them. */
	createXmlWithFiles(xml: string, descriptors: PassedDescriptors, flags = 0, options?: CallOptions): Promise<DomainRef> {
		return this.#channel.call(procedures.createXmlWithFiles, [xml, flags], {...options, descriptors});
	}

	destroy(domain: DomainRef, options?: CallOptions): Promise<void> {
		return this.#channel.call(procedures.destroy, [domain], options);
	}

	suspend(domain: DomainRef, options?: CallOptions): Promise<void> {
		return this.#channel.call(procedures.suspend, [domain], options);
	}

	resume(domain: DomainRef, options?: CallOptions): Promise<void> {
		return this.#channel.call(procedures.resume, [domain], options);
	}

	reset(domain: DomainRef, flags = 0, options?: CallOptions): Promise<void> {
		return this.#channel.call(procedures.reset, [domain, flags], options);
	}

	lookupByName(name: string, options?: CallOptions): Promise<DomainRef> {
		return this.#channel.call(procedures.lookupByName, [name], options);
	}

	lookupByUuid(uuid: string, options?: CallOptions): Promise<DomainRef> {
		return this.#channel.call(procedures.lookupByUuid, [uuid], options);
	}

	/** Flags: `listFlags`; 0 is all. */
	listAllDomains(flags = 0, options?: CallOptions): Promise<readonly DomainRef[]> {
		return this.#channel.call(procedures.listAllDomains, [flags], options);
	}

	/** Flags: 1 with secrets, 2 the inactive definition. */
	getXmlDesc(domain: DomainRef, flags = 0, options?: CallOptions): Promise<string> {
		return this.#channel.call(procedures.getXmlDesc, [domain, flags], options);
	}

	getInfo(domain: DomainRef, options?: CallOptions): Promise<DomainInfo> {
		return this.#channel.call(procedures.getInfo, [domain], options);
	}

	/** State: `domainStates`; the reason is libvirt's number for that state. */
	getState(domain: DomainRef, options?: CallOptions): Promise<{readonly state: number; readonly reason: number}> {
		return this.#channel.call(procedures.getState, [domain, 0], options);
	}

	/** `stats` is a mask of virDomainStatsTypes, 0 for all; no `domains` means all. */
	getAllDomainStats(stats = 0, domains: readonly DomainRef[] = [], flags = 0, options?: CallOptions): Promise<readonly DomainStats[]> {
		return this.#channel.call(procedures.getAllDomainStats, [domains, stats, flags], options);
	}

	/** One of each security driver of the host, in libvirt's order; which is whose it does not say. */
	getSecurityLabels(domain: DomainRef, options?: CallOptions): Promise<readonly SecurityLabel[]> {
		return this.#channel.call(procedures.getSecurityLabels, [domain], options);
	}

	getSecurityLabel(domain: DomainRef, options?: CallOptions): Promise<SecurityLabel> {
		return this.#channel.call(procedures.getSecurityLabel, [domain], options);
	}

	/** Source: 0 leases, 1 guest agent, 2 the host's ARP table. */
	interfaceAddresses(domain: DomainRef, source: number, flags = 0, options?: CallOptions): Promise<readonly InterfaceAddresses[]> {
		return this.#channel.call(procedures.interfaceAddresses, [domain, source, flags], options);
	}

	/** Flags: 1 live, 2 the definition; 0 whichever is current. */
	attachDeviceFlags(domain: DomainRef, xml: string, flags = 0, options?: CallOptions): Promise<void> {
		return this.#channel.call(procedures.attachDeviceFlags, [domain, xml, flags], options);
	}

	listAllNetworks(flags = 0, options?: CallOptions): Promise<readonly NetworkRef[]> {
		return this.#channel.call(procedures.listAllNetworks, [flags], options);
	}

	networkLookupByName(name: string, options?: CallOptions): Promise<NetworkRef> {
		return this.#channel.call(procedures.networkLookupByName, [name], options);
	}

	async networkFilterGetXmlDesc(name: string, options?: CallOptions): Promise<string> {
		const filter = await this.#channel.call(procedures.networkFilterLookupByName, [name], options);
		return this.#channel.call(procedures.networkFilterGetXmlDesc, [filter, 0], options);
	}

	/** Starts a network that is defined. */
	networkCreate(network: NetworkRef, options?: CallOptions): Promise<void> {
		return this.#channel.call(procedures.networkCreate, [network], options);
	}

	networkGetXmlDesc(network: NetworkRef, flags = 0, options?: CallOptions): Promise<string> {
		return this.#channel.call(procedures.networkGetXmlDesc, [network, flags], options);
	}

	/** `device` is an alias such as `console1`; undefined is the first console. Flags: `consoleFlags`. Use a connection of its own. */
	openConsole(domain: DomainRef, device: string | undefined, flags = 0, options?: CallOptions): Promise<LibvirtStream> {
		return this.#consoles.open(domain, device, flags, options);
	}

	/** Gives, once libvirtd has agreed, the function that ends it. Events come before the answers to calls that are sent later. */
	async onLifecycle(listener: LifecycleListener, options?: CallOptions): Promise<() => void> {
		const remove = this.#lifecycle.add(listener);
		try {
			await this.#lifecycle.register(options);
		} catch (error) {
			remove();
			throw error;
		}

		return remove;
	}

	/** Events of QEMU itself, where that is the hypervisor, whose names match a regular expression; gives what ends that. */
	async onMonitorEvent(pattern: string, listener: MonitorListener, options?: CallOptions): Promise<() => void> {
		const {MonitorSource} = await import('./monitor-events.ts');
		this.#monitor ??= new MonitorSource(this.#channel);
		return this.#monitor.add(pattern, listener, options);
	}
}
