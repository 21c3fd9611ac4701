import {randomUUID} from 'node:crypto';
import {setTimeout as wait} from 'node:timers/promises';
import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import type {SessionPlan} from '../guest/command-file.ts';
import {openMachineControl, type MachineControl, type MachineProgress} from '../guest/machine/machine-control.ts';
import {ConsolePort, openPortSession, type MachineSession} from '../guest/machine/machine-streams.ts';
import {listenForPort, type Port} from '../guest/machine/port.ts';
import {openTerminalSession} from '../guest/session-streams.ts';
import {createStateDirectory, removeStateDirectory, stateBase, writeOwnerRecord, type OwnerRecord, type StateDirectory} from '../guest/state-directory.ts';
import {cacheBase} from '../host/kernels-cache.ts';
import {kvmVerdictFile, writeKvmVerdict} from '../host/kvm.ts';
import {identifyProcess, pidNamespace} from '../host/process-identity.ts';
import {startLabels} from '../labels/start-labels.ts';
import type {Sandbox, StartOptions} from '../types.ts';
import type {Element} from '../xml/element.ts';
import {writeXml} from '../xml/write-xml.ts';
import {temporaryBase} from './lay-out.ts';
import {findLeftovers, removeLeftover, type Leftover} from './leftovers.ts';
import {openLink, type Link} from './link.ts';
import {chooseAccel} from './machine-accel.ts';
import {awaitBoot, blameKvm, BootFailure, keepBootLog, kvmFault} from './machine-boot.ts';
import {endMachine} from './machine-end.ts';
import {makeTemporaryDirectories, openToQemu, prepareBoot, writeMachineInitramfs, type PreparedBoot} from './machine-files.ts';
import {firstPorts, machinePaths, planFirstMachineSession, makeMachineDocument, planMachine, type AccelChoice, type MachinePlan} from './machine-plan.ts';

/** How long a name that is just going may stand in the way. */
const nameMs = 2000;

/** Starts a machine and its command; what was begun is put away again when that fails. */
export async function startMachine(spec: SandboxSpec, uri: string, options: StartOptions): Promise<Sandbox> {
	const begun = performance.now();
	const {voice, caller} = options;
	const plan = planMachine(spec, uri, options);
	for (const {level, code, message} of plan.notices) voice.notice(level, code, message);
	voice.phase('kernel', performance.now() - begun);
	const cache = cacheBase(caller);
	const prepared = await prepareBoot(plan, cache);
	voice.phase('initramfs', performance.now() - begun);
	const verdictFile = kvmVerdictFile(cache, plan.kernel.version);
	const accel = chooseAccel(spec.kernel.accel, {verdictFile, isSession: plan.isSession});
	const context = {prepared, begun, options, onHello: () => undefined};
	try {
		const onHello = (): void => {
			if (accel.isProbe) writeKvmVerdict(verdictFile, {works: true, reason: 'it has worked here'});
		};
		return await startOnce(plan, accel, {...context, onHello});
	} catch (error) {
		if (!accel.isProbe || !(error instanceof BootFailure)) throw error;
		const reason = error.message.startsWith(kvmFault) ? error.message : `${kvmFault}: ${error.message}`;
		writeKvmVerdict(verdictFile, {works: false, reason});
		voice.notice('warning', 'kvm', `${reason}. Machines are emulated from now on, which is slower`, 'Try it again with --accel kvm');
		return startOnce(plan, {domainType: 'qemu', reason, isProbe: false}, context);
	}
}

interface StartContext {
	readonly prepared: PreparedBoot;
	readonly begun: number;
	readonly options: StartOptions;
	readonly onHello: () => void;
}

async function startOnce(plan: MachinePlan, accel: AccelChoice, {prepared, begun, options, onHello}: StartContext): Promise<Sandbox> {
	const {voice, caller, signal} = options;
	const {spec, uri} = plan;
	const owner = identifyProcess('self');
	if (owner === undefined) throw new ShellError('failed', '/proc does not show this process');
	const uuid = randomUUID();
	const labels = startLabels(spec, {uri, domainType: accel.domainType, isLocal: true, accept: options.accept});
	const linking = openLink(uri, uuid, options);
	const settling = linking.then((link) => labels.settle(link.connection));
	linking.catch(() => undefined);
	settling.catch(() => undefined);
	const undo: Array<() => unknown> = [async () => (await linking).close()];
	try {
		const leftovers = findLeftovers(stateBase(caller));
		const makeRecord = (id: string): OwnerRecord => ({
			owner,
			namespace: pidNamespace(),
			uri,
			name: spec.name,
			uuid,
			lifetime: spec.lifetime,
			temporary: plan.temporary.length === 0 ? [] : [temporaryBase(id)],
		});
		const state = createStateDirectory(stateBase(caller), makeRecord);
		const record = makeRecord(state.id);
		undo.push(() => removeStateDirectory(state.path, record.temporary));
		if (!plan.isSession) openToQemu(state);
		const temporary = makeTemporaryDirectories(plan, state.id);
		const first = planFirstMachineSession(plan, options);
		const ports = await listenForPorts(plan, state);
		undo.push(() => ports.close());
		const control = openMachineControl(ports.control);
		const progress = control.follow(0);
		const log = keepBootLog(ports.bootLog);
		const {session, drained} = joinFirst(first, {ports, control, progress, options});
		voice.phase('layout', performance.now() - begun);

		const [link, settled] = await Promise.all([linking, settling]);
		for (const {code, message, hint} of settled.warnings) voice.notice('warning', code, message, hint);
		undo.push(() => link.destroy());
		const putBack = await labels.relabel(settled, {...record, id: state.id}, options);
		undo.splice(1, 0, putBack);
		const create = {link, record, temporary, seclabels: settled.seclabels, accel, first, prepared, options};
		const name = await createMachine(plan, state, create).catch((error: unknown) => Promise.reject(accel.domainType === 'kvm' ? blameKvm(error) : error));
		voice.phase('create', performance.now() - begun);
		const seen = (): void => {
			voice.phase('boot', performance.now() - begun);
			onHello();
		};
		await awaitBoot({domainType: accel.domainType, uuid, link, control, progress, log, signal, onHello: seen});
		await labels.check(settled, {name, uuid, id: link.domainId()}, link.connection);
		voice.phase('ready', performance.now() - begun);
		const tidied = tidyUp(leftovers, link, uri);
		return endMachine({
			state,
			name,
			uuid,
			uri,
			link,
			control,
			session,
			drained,
			tidied,
			putBack,
			temporary: record.temporary,
			closePorts: () => ports.close(),
		});
	} catch (error) {
		for (const step of undo.toReversed()) {
			try {
				await step();
			} catch {
				// The first fault is the one to tell; `clean` finds what is left.
			}
		}
		throw error;
	}
}

interface MachinePorts {
	readonly control: Port;
	readonly bootLog: Port;
	readonly console: Port | undefined;
	readonly streams: readonly Port[];
	close(): void;
}

async function listenForPorts({spec}: MachinePlan, state: StateDirectory): Promise<MachinePorts> {
	const paths = machinePaths(state);
	const streams = firstPorts(spec).map((name) => paths.port(name));
	const all = await Promise.all([paths.port('ctl'), paths.bootLog, ...(spec.tty ? [paths.console(0)] : streams)].map(listenForPort));
	const [control, bootLog, ...rest] = all;
	if (control === undefined || bootLog === undefined) throw new ShellError('failed', 'The machine has no control port');
	return {
		control,
		bootLog,
		console: spec.tty ? rest[0] : undefined,
		streams: spec.tty ? [] : rest,
		close() {
			for (const port of all) port.close();
		},
	};
}

interface JoinContext {
	readonly ports: MachinePorts;
	readonly control: MachineControl;
	readonly progress: MachineProgress;
	readonly options: StartOptions;
}

function joinFirst({number, terminal}: SessionPlan, {ports, control, progress, options}: JoinContext): MachineSession {
	const [stdin, stdout, stderr] = ports.streams;
	if (terminal !== undefined && ports.console !== undefined) {
		return openTerminalSession(control, progress, {number, tty: terminal.tty, mark: terminal.mark, console: new ConsolePort(ports.console)});
	}
	if (stdin === undefined || stdout === undefined || stderr === undefined) throw new ShellError('failed', 'The command has neither pipes nor a terminal');
	return openPortSession(control, progress, {in: stdin, out: stdout, err: stderr}, {number, sinks: options.sinks});
}

interface CreateContext {
	readonly link: Link;
	readonly record: OwnerRecord;
	readonly temporary: readonly string[];
	readonly seclabels: readonly Element[];
	readonly accel: AccelChoice;
	readonly first: SessionPlan;
	readonly prepared: PreparedBoot;
	readonly options: StartOptions;
}

/** Creates the domain under its name, or the first `sandbox-N` that is free; gives the name. */
async function createMachine(plan: MachinePlan, state: StateDirectory, context: CreateContext): Promise<string> {
	const {spec} = plan;
	const {link, record, temporary, seclabels, accel, first, prepared, options} = context;
	const until = performance.now() + nameMs;
	const tried = new Set<string>();
	for (;;) {
		const name = spec.name ?? freeName(await link.listNames(), tried);
		writeMachineInitramfs(plan, state, {first, prepared, name});
		const {bootKernel, firmware} = prepared;
		const document = makeMachineDocument(plan, state, {name, uuid: record.uuid, owner: record.owner, temporary, seclabels, accel, bootKernel, firmware});
		const xml = writeXml(document);
		writeOwnerRecord(state.path, {...record, name});
		options.onXml?.(xml);
		if (await link.create(xml, spec.lifetime === 'client')) return name;
		tried.add(name);
		if (spec.name !== undefined) {
			if (performance.now() > until)
				throw new ShellError('refused', `A domain named '${name}' exists already`, {hint: 'Choose another --name, or stop that one'});
			await wait(50);
		}
		options.signal?.throwIfAborted();
	}
}

function freeName(taken: ReadonlySet<string>, tried: ReadonlySet<string>): string {
	for (let number = 1; ; number++) {
		const name = `sandbox-${number}`;
		if (!taken.has(name) && !tried.has(name)) return name;
	}
}

/** What earlier runs left behind goes while the command runs; a fault there is none of this run's. */
async function tidyUp(leftovers: readonly Leftover[], link: Link, uri: string): Promise<void> {
	for (const leftover of leftovers) {
		if (leftover.record === undefined || leftover.record.uri === uri) await removeLeftover(leftover, link.connection).catch(() => undefined);
	}
}
