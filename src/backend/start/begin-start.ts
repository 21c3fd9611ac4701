import {clockMs} from '../../core/clock-ms.ts';
import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {endLeftover} from '../clean-up/end-leftover.ts';
import {findLeftovers, type Leftover} from '../clean-up/leftovers.ts';
import {Unending} from '../clean-up/unending.ts';
import {HeldDevices} from '../guest/image/held-devices.ts';
import {
	createStateDirectory,
	placeOfStates,
	readOwnerRecord,
	stateBase,
	temporaryBase,
	type OwnerRecord,
	type StateDirectory,
} from '../guest/state/state-directory.ts';
import type {ControlChannel} from '../guest/streams/control-channel.ts';
import {identifyOwner, recordNamespace, type ProcessIdentity} from '../host/process-identity.ts';
import {randomUuid} from '../host/random.ts';
import {startLabels, type StartLabels, type StartLabelsOptions} from '../labels/start-labels.ts';
import type {Labels} from '../labels/settle-labels.ts';
import type {StartOptions, Voice} from '../types.ts';
import {CreateUnanswered, disown} from './create-unanswered.ts';
import {openLink, type Link} from './link.ts';
import {tidyUp} from './tidy-up.ts';

/** Takes a step of a start back. `isLeft`: libvirtd may still make the sandbox, and needs what it was told of; or a process of it does not end. */
type UndoStep = (isLeft: boolean) => unknown;

/** What a start of every kind does, in the order in which it is called. */
interface BegunStart {
	readonly owner: ProcessIdentity;
	readonly uuid: string;
	readonly labels: StartLabels;
	/** Until the sandbox is over, or the start has been taken back. */
	readonly held: HeldDevices;
	/** Opened beside the rest. */
	readonly linking: Promise<Link>;
	/** What takes back what has been begun; each step adds its own. */
	readonly undo: UndoStep[];
	/** Tells how far it has come. */
	phase(name: string): void;
	/** Makes its state directory. `remove`: with what belongs to it. */
	makeState(how: StateMaking): MadeState;
	/** The connection, with the labels that it has been asked for; from here on `endDomain` may have something to end. */
	connected(endDomain: (link: Link) => Promise<void>): Promise<{readonly link: Link; readonly settled: Labels}>;
	/** Relabels host files; gives what undoes that. */
	relabel(settled: Labels, {state, record}: MadeState, placeOf: (source: string) => string): Promise<(signal?: AbortSignal) => Promise<void>>;
	/** Its command is ready: checks what has been made, and tidies up after earlier ones meanwhile. */
	ready(started: Started): Promise<{readonly tidied: Promise<void>}>;
}

interface StateMaking {
	readonly temporary: readonly unknown[];
	/** Makes what the guest gets to see; default: as everything else is made. */
	readonly forGuest?: (work: () => void) => void;
	remove(made: MadeState): Promise<void>;
}

interface MadeState {
	readonly state: StateDirectory;
	readonly record: OwnerRecord;
}

interface Started {
	readonly link: Link;
	readonly settled: Labels;
	readonly name: string;
	readonly control: Pick<ControlChannel, 'expectEnd'>;
}

interface StartKind extends Pick<StartLabelsOptions, 'domainType' | 'isLocal'> {
	/** By the clock; default: now. */
	readonly begun?: number;
	/** Something of a start that has failed could not be taken back. */
	readonly onLeft?: () => void;
}

/** Has `work` start a sandbox; what was begun is put away again when that fails. */
export async function beginStart<Running>(
	spec: SandboxSpec,
	uri: string,
	options: StartOptions,
	{begun = clockMs(), onLeft, ...kind}: StartKind,
	work: (start: BegunStart) => Promise<Running>,
): Promise<Running> {
	const {voice, caller} = options;
	const owner = identifyOwner();
	const uuid = randomUuid();
	const linking = openLink(uri, uuid, options);
	const labels = startLabels(spec, {uri, ...kind, accept: options.accept});
	const settling = linking.then((link) => labels.settle(link.connection));
	// Whoever awaits them hears of the fault; before that another one may have ended the start.
	for (const each of [linking, settling]) each.catch(() => undefined);
	const held = new HeldDevices();
	let statePath: string | undefined;
	const letGo = (isLeft: boolean): void => (isLeft && statePath !== undefined ? held.releaseOnceGone(statePath) : held.release());
	const undo: UndoStep[] = [letGo, async () => (await linking).close()];
	let leftovers: readonly Leftover[] = [];
	const start: BegunStart = {
		owner,
		uuid,
		labels,
		held,
		linking,
		undo,
		phase: (name) => voice.phase(name, clockMs() - begun),
		makeState({temporary, forGuest, remove}) {
			leftovers = findLeftovers(stateBase(caller));
			const {name, lifetime, tty} = spec;
			const shared = {owner, namespace: recordNamespace(), uri, name, uuid, lifetime, tty};
			const makeRecord = (id: string): OwnerRecord => ({...shared, temporary: temporary.length > 0 ? [temporaryBase(id)] : []});
			const state = createStateDirectory(stateBase(caller), makeRecord, forGuest);
			statePath = state.path;
			const made = {state, record: makeRecord(state.id)};
			undo.push((isLeft) => (isLeft ? disown(state.path) : remove(made)));
			return made;
		},
		async connected(endDomain) {
			const [link, settled] = await Promise.all([linking, settling]);
			for (const {code, message, hint} of settled.warnings) voice.notice('warning', code, message, hint);
			undo.push(() => endDomain(link));
			return {link, settled};
		},
		async relabel(settled, {state, record}, placeOf) {
			const putBack = await labels.relabel(settled, {...record, id: state.id}, {...options, placeOf});
			undo.splice(2, 0, (isLeft) => isLeft || putBack());
			return putBack;
		},
		async ready({link, settled, name, control}) {
			await labels.check(settled, {name, uuid, id: link.domainId()}, link.connection);
			start.phase('ready');
			tellDaemonEnd(spec, link, control);
			return {tidied: tidyUp(leftovers, link, {uri, caller, voice})};
		},
	};
	try {
		return await work(start);
	} catch (error) {
		if (await putAway(undo, voice)) onLeft?.();
		const [{explainLibvirtError}, {explainFull}] = await Promise.all([import('../host/libvirtd/explain-libvirt-error.ts'), import('./explain-full.ts')]);
		throw explainFull(explainLibvirtError(error, uri), placeOfStates(caller));
	}
}

/** Ends what may have been created, also when libvirtd died in the middle of that. */
export async function endForSure(link: Link, state: StateDirectory, patienceMs?: number): Promise<void> {
	const record = readOwnerRecord(state.path);
	try {
		await link.destroy();
	} catch (error) {
		if (error instanceof CreateUnanswered || record === undefined) throw error;
		if (!(await endLeftover(record, patienceMs))) throw new Unending(record.name);
	}
}

/** Takes back the steps of a start that has failed, the last one first; never rejects. Gives whether something is left. */
async function putAway(undo: readonly UndoStep[], voice: Voice): Promise<boolean> {
	let isLeft = false;
	for (const step of undo.toReversed()) {
		try {
			await step(isLeft);
		} catch (error) {
			// The first fault is the one to tell; `clean` finds what is left.
			if (!(error instanceof CreateUnanswered || error instanceof Unending)) continue;
			isLeft = true;
			voice.notice('warning', 'left', error.message, error.hint);
		}
	}
	return isLeft;
}

/**
 * libvirtd ends a sandbox of autodestroy when it is told to end itself, by systemctl restart for instance: whoever waits for the command
 * hears of that, not of a status that is not known. One that was killed leaves the sandbox alone, and the command's own status comes.
 */
function tellDaemonEnd({lifetime}: Pick<SandboxSpec, 'lifetime'>, link: Pick<Link, 'lost'>, control: Pick<ControlChannel, 'expectEnd'>): void {
	if (lifetime === 'keep') return;
	const reason = new ShellError('failed', 'libvirtd was stopped or restarted, and ended the sandbox', {hint: 'One that is kept (--keep) outlives that'});
	void link.lost.then(() => control.expectEnd(reason));
}
