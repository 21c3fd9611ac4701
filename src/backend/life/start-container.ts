import {randomUUID} from 'node:crypto';
import {chmodSync, chownSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {commandFile, type SessionPlan} from '../guest/command-file.ts';
import {openControlChannel, type ControlChannel} from '../guest/control-channel.ts';
import {makeFifos} from '../guest/fifo.ts';
import {initScript} from '../guest/init-script.ts';
import {ioTarget} from '../guest/root-plan.ts';
import {openPipeSession, openTerminalSession, pipeNames, type TerminalSession} from '../guest/session-streams.ts';
import {
	createStateDirectory,
	makeSkeleton,
	removeStateDirectory,
	stateBase,
	type OwnerRecord,
	type StateDirectory,
	writeOwnerRecord,
} from '../guest/state-directory.ts';
import {setupScript} from '../guest/setup-script.ts';
import {identifyProcess, pidNamespace} from '../host/process-identity.ts';
import type {Sandbox, StartOptions} from '../types.ts';
import {withCreationLabel} from '../labels/creation-label.ts';
import type {Labels} from '../labels/settle-labels.ts';
import {startLabels} from '../labels/start-labels.ts';
import {isLocalUri} from '../host/local-uri.ts';
import {endContainer} from './end-container.ts';
import {findLeftovers, removeLeftover, type Leftover} from './leftovers.ts';
import {openLink, type Link} from './link.ts';
import {planContainer, planFirstSession, writeContainerXml, type ContainerPlan} from './container-plan.ts';

const readyMs = 30_000;
/** How long a name that is just going may stand in the way. */
const nameMs = 2000;

/** Starts a container and its command; what was begun is put away again when that fails. */
export async function startContainer(spec: SandboxSpec, uri: string, options: StartOptions): Promise<Sandbox> {
	const begun = performance.now();
	const {voice, caller} = options;
	const owner = identifyProcess('self');
	if (owner === undefined) throw new ShellError('failed', '/proc does not show this process');
	const uuid = randomUUID();
	const linking = openLink(uri, uuid, options);
	linking.catch(() => undefined);
	const labels = startLabels(spec, {domainType: 'lxc', isLocal: isLocalUri(uri), accept: options.accept});
	const settling = linking.then((link) => labels.settle(link.connection));
	settling.catch(() => undefined);
	const undo: Array<() => unknown> = [async () => (await linking).close()];
	try {
		const plan = planContainer(spec, uri, options);
		for (const {level, code, message} of plan.notices) voice.notice(level, code, message);
		const leftovers = findLeftovers(stateBase(caller));
		const record = {owner, namespace: pidNamespace(), uri, name: spec.name, uuid, lifetime: spec.lifetime, temporary: []};
		const state = createStateDirectory(stateBase(caller), () => record, (work) => withCreationLabel(labels.files, work));
		undo.push(() => removeStateDirectory(state.path));
		const first = planFirstSession(plan, options);
		const control = await layOut(plan, state, first, labels.files);
		undo.push(() => control.close());
		const progress = control.follow(0);
		const pipes = first.terminal === undefined ? openPipeSession(control, state.io, progress, {number: 0, sinks: options.sinks}) : undefined;
		voice.phase('layout', performance.now() - begun);

		const link = await linking;
		undo.push(() => link.destroy());
		const settled = await settling;
		for (const {code, message, hint} of settled.warnings) voice.notice('warning', code, message, hint);
		const name = await createDomain(plan, state, {link, record, options, labels: settled});
		const wait = watchStart(progress.ready, link, control, options.signal);
		const {session, drained} =
			pipes === undefined ? await joinTerminal(first, {link, control, progress, ready: wait}) : {session: pipes, drained: Promise.resolve()};
		await wait;
		await labels.check(settled, {name, uuid, id: link.domainId()}, link.connection);
		voice.phase('ready', performance.now() - begun);
		const tidied = tidyUp(leftovers, link, uri);
		return endContainer({state, name, uri, link, control, session, drained, tidied, temporary: []});
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

/** Fills the state directory and opens the host's ends of the control FIFOs. */
async function layOut(plan: ContainerPlan, state: StateDirectory, first: SessionPlan, label: string | undefined): Promise<ControlChannel> {
	const names = ['ctl.in', 'ctl.out', ...(first.terminal === undefined ? pipeNames(0) : [])];
	const making = makeFifos(
		names.map((name) => join(state.io, name)),
		plan.tools.busybox,
	);
	makeSkeleton(state.root, plan.root.skeleton);
	for (const [index] of plan.temporary.entries()) makeTemporary(plan, state, index, label);
	writeFileSync(join(state.io, 'init'), initScript({busybox: plan.tools.busybox, directory: ioTarget}), {mode: 0o700});
	writeFileSync(join(state.io, 'setup'), setupScript(plan.root), {mode: 0o600});
	writeFileSync(join(state.io, '0.cmd'), commandFile(first), {mode: 0o600});
	await making;
	const {uid, gid} = plan.account;
	// The command may open /dev/stderr anew only if it owns what is behind it.
	if (first.terminal === undefined) for (const name of pipeNames(0)) chownSync(join(state.io, name), uid, gid);
	return openControlChannel(state.io);
}

function temporaryPath(state: StateDirectory, index: number): string {
	return join(state.path, `temporary-${index}`);
}

function makeTemporary(plan: ContainerPlan, state: StateDirectory, index: number, label: string | undefined): void {
	const path = temporaryPath(state, index);
	withCreationLabel(label, () => mkdirSync(path));
	chmodSync(path, 0o755);
	chownSync(path, plan.account.uid, plan.account.gid);
}

/** What earlier runs left behind goes while the command runs; a fault there is none of this run's. */
async function tidyUp(leftovers: readonly Leftover[], link: Link, uri: string): Promise<void> {
	for (const leftover of leftovers) {
		// Another daemon's are left to `clean`.
		if (leftover.record === undefined || leftover.record.uri === uri) {
			await removeLeftover(leftover, link.connection).catch(() => undefined);
		}
	}
}

interface CreateContext {
	readonly link: Link;
	readonly record: OwnerRecord;
	readonly options: StartOptions;
	readonly labels: Labels;
}

/** Creates the domain under its name, or the first `sandbox-N` that is free. */
async function createDomain(plan: ContainerPlan, state: StateDirectory, {link, record, options, labels}: CreateContext): Promise<string> {
	const {spec} = plan;
	const {owner, uuid} = record;
	const temporary = plan.temporary.map((_, index) => temporaryPath(state, index));
	const until = performance.now() + nameMs;
	const tried = new Set<string>();
	for (;;) {
		const name = spec.name ?? freeName(await link.listNames(), tried);
		const xml = writeContainerXml(plan, state, {name, uuid, owner, temporary, seclabels: labels.seclabels});
		writeOwnerRecord(state.path, {...record, name});
		options.onXml?.(xml);
		if (await link.create(xml, spec.lifetime === 'client')) return name;
		tried.add(name);
		if (spec.name !== undefined) {
			if (performance.now() > until)
				throw new ShellError('refused', `A domain named '${name}' exists already`, {hint: 'Choose another --name, or stop that one'});
			await new Promise((resolve) => setTimeout(resolve, 50));
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

/** Until the first session is ready; rejects when the guest ends before, when it takes too long, or when the caller gives up. */
async function watchStart(ready: Promise<void>, link: Link, control: ControlChannel, signal: AbortSignal | undefined): Promise<void> {
	const failure = Promise.withResolvers<never>();
	const give = (error: unknown): void => failure.reject(error);
	const late = setTimeout(
		() => give(new ShellError('failed', `The sandbox was not ready after ${readyMs / 1000} s`, {hint: 'Look at its boot log and at libvirtd’s log'})),
		readyMs,
	);
	const abort = (): void => give(signal?.reason);
	signal?.addEventListener('abort', abort, {once: true});
	if (signal?.aborted === true) abort();
	const diedEarly = new ShellError('failed', 'The sandbox ended before its command began', {
		hint: 'Look at the log of its domain, as /var/log/libvirt/lxc/NAME.log',
	});
	void link.stopped.then(() => give(diedEarly));
	void control.ended.then(() => give(diedEarly));
	try {
		await Promise.race([ready, failure.promise]);
	} finally {
		clearTimeout(late);
		signal?.removeEventListener('abort', abort);
		failure.promise.catch(() => undefined);
	}
}

interface TerminalContext {
	readonly link: Link;
	readonly control: ControlChannel;
	readonly progress: ReturnType<ControlChannel['follow']>;
	readonly ready: Promise<void>;
}

async function joinTerminal({number, terminal}: SessionPlan, {link, control, progress, ready}: TerminalContext): Promise<TerminalSession> {
	if (terminal === undefined) throw new ShellError('failed', 'The command has neither pipes nor a terminal');
	const [console] = await Promise.all([link.openConsole(terminal.tty), ready]);
	return openTerminalSession(control, progress, {number, tty: terminal.tty, mark: terminal.mark, console});
}
