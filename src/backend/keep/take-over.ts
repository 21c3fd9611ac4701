import {basename, join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {heldAgain} from '../guest/image/held-devices.ts';
import {terminalOf} from '../guest/command-file.ts';
import {openControlChannel, type SessionProgress} from '../guest/streams/control-channel.ts';
import {openPipeSession, openTerminalSession, type JoinedSession} from '../guest/streams/session-streams.ts';
import {readOwnerRecord, writeOwnerRecord, type StateDirectory} from '../guest/state/state-directory.ts';
import {readRegularFile} from '../host/files/read-regular-file.ts';
import {reviveEmbedded} from '../host/libvirtd/embedded-libvirtd.ts';
import {requireLocalUri} from '../host/libvirtd/local-uri.ts';
import {withHostLock} from '../host/host-lock.ts';
import {identifyOwner, isDead, recordNamespace} from '../host/process-identity.ts';
import {removeProfile} from '../labels/remove-profile.ts';
import type {StartOptions} from '../types.ts';
import {findController} from '../container/controller.ts';
import {limitProcesses} from '../container/cgroups/limit-processes.ts';
import {openLink} from '../start/link.ts';
import {errorCodes, hasCode} from '../libvirt/index.ts';
import {ownContainer} from '../container/own-container.ts';
import type {RunningContainer} from '../container/running-container.ts';
import {tellUsedUp, watchMemory} from '../limits/watch-memory.ts';
import {readBasis, type Basis} from './basis.ts';
import {KeptByAnother} from './keeper-line.ts';

/** A container that had another owner, and how long ago it was started. */
interface TakenOver {
	readonly container: RunningContainer;
	readonly begunMs: number;
}

/** How long another process may take that does the same. */
const waitMs = 20_000;

/**
 * Becomes the owner of a container whose keeper was killed, with all that it had in hand: the FIFOs have names, libvirt opens consoles anew.
 * Of several processes one does: two would each have a part of what the container says. Whoever asked for it may give up meanwhile.
 */
export async function takeOverContainer(path: string, options: StartOptions): Promise<TakenOver> {
	const late = (): Error =>
		new ShellError('unavailable', `Another process has been taking the sandbox over for ${waitMs / 1000} s`, {
			hint: 'Try it again, or end it with `destroy`',
		});
	// A state that has gone has no lock.
	if (readOwnerRecord(path) === undefined) throw new ShellError('not-found', 'The sandbox has ended');
	return withHostLock(join(path, 'keeper.lock'), () => takeOverAlone(path, options), {waitMs, late, signal: options.signal});
}

async function takeOverAlone(path: string, options: StartOptions): Promise<TakenOver> {
	const record = readOwnerRecord(path);
	const name = record?.name;
	if (record === undefined || name === undefined) throw new ShellError('not-found', 'The sandbox has ended');
	if (!isDead(record)) throw new KeptByAnother(name);
	// It is read anew here, and whoever could write it may have.
	requireLocalUri(record.uri);
	const {plan, caller, begunMs} = readBasis(path);
	const {uuid, uri, temporary} = record;
	const {spec} = plan;
	const state: StateDirectory = {id: basename(path), path, root: join(path, 'root'), io: join(path, 'io')};
	await reviveEmbedded(uri, options.signal);
	const link = await openLink(uri, uuid, options);
	try {
		await link.join().catch((error: unknown) => {
			if (!hasCode(error instanceof Error ? error.cause : undefined, errorCodes.noDomain)) throw error;
			throw new ShellError('not-found', `Sandbox '${name}' has ended since its keeper was killed: its status is lost`, {
				hint: '`log` still reads what it said before; `virt-sandbox --clean` removes it',
				cause: error,
			});
		});
		const controller = findController(link.domainId(), name);
		const hasRunOut = controller === undefined ? () => false : watchMemory(controller.pid);
		// What was before is none of ours.
		hasRunOut();
		const control = openControlChannel(state, {isTakenOver: true});
		const progress = {...control.follow(0), ready: Promise.resolve()};
		const {session, drained} = await joinFirst(plan, {state, link, control, progress});
		writeOwnerRecord(path, {...record, owner: identifyOwner(), namespace: recordNamespace()});
		const container: RunningContainer = {
			...ownContainer({controller, link, state, control, plan, uri, uuid, caller: options.caller, shown: undefined, temporary}),
			caller,
			name,
			session,
			found: Promise.resolve(),
			drained,
			limit: await limitProcesses(spec, controller, options.voice),
			// Which they are was seen at the start alone.
			servers: [],
			tellHandedOn: () => Promise.resolve(),
			held: heldAgain(spec),
			tidied: Promise.resolve(),
			async putBack(given) {
				const {undoLeftJournal} = await import('../labels/relabel/undo-journal.ts');
				await undoLeftJournal(caller, state.id, given);
				await removeProfile(uuid);
			},
			usedUpMemory: tellUsedUp(spec.limits.memoryKiB, hasRunOut),
			openConsole: (number) => link.openLastingConsole(number),
		};
		return {container, begunMs};
	} catch (error) {
		await link.close();
		throw error;
	}
}

type JoinContext = Pick<RunningContainer, 'state' | 'link' | 'control'> & {readonly progress: SessionProgress};

async function joinFirst({consoles}: Basis['plan'], {state, link, control, progress}: JoinContext): Promise<JoinedSession> {
	if (consoles.command === undefined) {
		return {session: openPipeSession(state.io, {number: 0, hasInput: true}).join(control, progress), drained: Promise.resolve()};
	}
	const {tty, mark} = terminalOf(readRegularFile(join(state.io, '0.cmd'), {isOurs: true}).toString('latin1')) ?? {tty: consoles.command, mark: ''};
	return openTerminalSession(control, progress, {number: 0, tty, mark, console: await link.openLastingConsole(tty)});
}
