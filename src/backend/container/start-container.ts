import {appendFileSync} from 'node:fs';
import {join} from 'node:path';
import {setImmediate as giveTurn} from 'node:timers/promises';
import type {SandboxSpec} from '../../spec/types.ts';
import {hostsFile, hostsLine} from '../guest/own-name.ts';
import {makeStateBase, stateBase, type StateDirectory} from '../guest/state/state-directory.ts';
import {isLocalUri} from '../host/libvirtd/local-uri.ts';
import type {ProcessIdentity} from '../host/process-identity.ts';
import {withCreationLabel} from '../labels/creation-label.ts';
import type {Sandbox, StartOptions} from '../types.ts';
import {writeXml} from '../xml/write-xml.ts';
import {beginStart, endForSure} from '../start/begin-start.ts';
import {linkForImages} from '../start/checked-images.ts';
import {createDomain} from '../start/create-domain.ts';
import {planFirstSession} from '../start/first-session.ts';
import type {Link} from '../start/link.ts';
import {serveOthers} from '../start/serve-others.ts';
import {programPlace} from '../guest/program/program-place.ts';
import {temporaryPaths} from '../start/temporary-directories.ts';
import {toldOnce} from '../start/told-once.ts';
import {tellUsedUp, watchMemory} from '../limits/watch-memory.ts';
import {WayChanged, whileRootStays} from '../start/while-root-stays.ts';
import {confineContainer} from './confine-container.ts';
import {removeLeftoverCgroups} from './cgroups/container-cgroups.ts';
import {makeContainerDocument} from './container-document.ts';
import {layMounts} from './container-mounts.ts';
import {planContainer} from './container-plan.ts';
import {findController} from './controller.ts';
import {prepareCovers} from './mounts/cover-loose.ts';
import {ProgramUnable, usualFixing, type Fixing} from './mounts/kernel-files.ts';
import {endContainer} from './end-container.ts';
import {copyBusybox, fillStateDirectory, joinFirst, openConsole, openHostSide, writeOrders} from './lay-out.ts';
import {isOfOthers, ownContainer, removeContainer} from './own-container.ts';
import {passInput} from './pass-input.ts';
import type {RunningContainer} from './running-container.ts';
import {endWhatHangs, watchStart} from './watch-start.ts';

/** Starts a container and its command; what was begun is put away again when that fails. */
export async function startContainer(spec: SandboxSpec, uri: string, options: StartOptions): Promise<Sandbox> {
	const container = await beginContainer(spec, uri, options);
	const sandbox = endContainer(container);
	return serveOthers(container, sandbox, options);
}

/** The same, with all that the owner of the sandbox has in hand. */
export async function beginContainer(spec: SandboxSpec, uri: string, options: StartOptions): Promise<RunningContainer> {
	const once = toldOnce(options);
	let isLeft = false;
	const tell = (why: string): void => once.voice.notice('info', 'begun-anew', `${why}: the start is begun anew`);
	const begin = (fixing: Fixing): Promise<RunningContainer> =>
		whileRootStays(options.signal, () => beginOnce(spec, uri, once, {fixing, onLeft: () => (isLeft = true)}), {
			isWorth: (error) => error instanceof WayChanged && !isLeft,
			tell: () => tell('Something came or went in / meanwhile'),
		});
	try {
		return await begin(usualFixing());
	} catch (error) {
		if (!(error instanceof ProgramUnable) || isLeft || options.signal?.aborted === true) throw error;
		tell('No program can make the kernel’s files in /proc read-only here, so that is left to libvirt');
		return begin('libvirt');
	}
}

interface Attempt {
	readonly fixing: Fixing;
	/** Something of it could not be put away. */
	readonly onLeft: () => void;
}

function beginOnce(spec: SandboxSpec, uri: string, options: StartOptions, {fixing, onLeft}: Attempt): Promise<RunningContainer> {
	return beginStart(spec, uri, options, {domainType: 'lxc', isLocal: isLocalUri(uri), onLeft}, async (start) => {
		const {voice, caller, signal} = options;
		const {owner, uuid, labels, linking, undo} = start;
		const begin = <Work extends Promise<unknown>>(work: Work): Work => {
			// Whoever awaits it hears of the fault; before that another one may have ended the start.
			work.catch(() => undefined);
			return work;
		};
		const taken = spec.name === undefined ? begin(linking.then((link) => link.listNames())) : undefined;
		// Its plan is made of what the daemon sees, which a socket of systemd's may be starting only now.
		if (spec.idmap !== undefined) await linking;
		if (caller.uid !== 0) makeStateBase(caller);
		// What libvirtd has answered meanwhile is answered in turn, here and below: the connection takes a few of these.
		await giveTurn();
		const plan = await whileRootStays(signal, () => planContainer(spec, uri, options, fixing));
		await giveTurn();
		options.onPlanned?.();
		for (const {level, code, message} of plan.notices) {
			voice.notice(level, code, message);
		}
		const inLabel = (work: () => void): void => withCreationLabel(labels.files, work);
		const past = {isListed: isOfOthers(plan, caller), shown: plan, caller};
		const made = start.makeState({
			temporary: plan.temporary,
			forGuest: inLabel,
			remove: ({state, record}) => removeContainer({...past, state, temporary: record.temporary}, undefined),
		});
		const {state, record} = made;
		const {temporary} = record;
		const first = planFirstSession(plan, options);
		const passing = passInput(options.input, plan, state, {caller, isLabelled: labels.files !== undefined});
		const layout = {first, uuid, sinks: options.sinks, hasInput: passing !== undefined};
		inLabel(() => fillStateDirectory(plan, state, layout));
		const copying = begin(copyBusybox(plan, state));
		undo.push(() => copying);
		await giveTurn();
		const mounts = layMounts(plan, state, temporaryPaths(plan, state.id));
		// The guest waits for these: they are made while libvirt makes it.
		const asked = Promise.withResolvers<void>();
		const opening = begin(
			asked.promise.then(giveTurn).then(() => {
				inLabel(() => writeOrders(plan, state, first));
				return openHostSide(plan, state, layout);
			}),
		);
		undo.push(async () => {
			asked.reject(new Error('libvirt was not asked for the container'));
			(await opening).control.close();
		});
		start.phase('layout');

		let trying: string | undefined;
		const [{link, settled}] = await Promise.all([start.connected((each) => endTried(each, state, {trying: () => trying, owner})), copying]);
		start.phase('connected');
		const putBack = await start.relabel(settled, made, plan.placeOf);
		const names = {uuid, owner, mounts, seclabels: settled.seclabels};
		const creating = createDomain(spec, state, {
			link: linkForImages(link, plan, {states: stateBase(caller), asking: () => programPlace('asking', state, caller), signal, held: start.held}),
			record,
			options,
			taken,
			descriptors: passing,
			onAsked: () => asked.resolve(),
			writeXml: (each) => {
				trying = each;
				return writeXml(makeContainerDocument(plan, state, {name: each, ...names}));
			},
		});
		const created = begin(endWhatHangs(creating, () => trying));
		created.catch(asked.reject);
		const host = await opening;
		const covers = prepareCovers(plan, state, options);
		undo.push(() => covers.drop());
		const name = await created;
		start.phase('created');
		// In place: the guest has this very file.
		if (plan.hosts !== undefined) appendFileSync(join(state.io, hostsFile), hostsLine(name, spec.networks));
		const controller = findController(link.domainId(), name, plan.mountTable);
		const confined = await confineContainer(plan, controller, {mounts, covers, state, label: labels.files, options});
		// Not sooner: whatever the init starts now is within its limits.
		host.control.go();
		const ready = begin(watchStart(host, link, {uri, name, signal}));
		const {session, drained} = await joinFirst(first, {spec, link, host, ready});
		await ready;
		const {control} = host;
		const {tidied} = await start.ready({link, settled, name, control});
		return {
			...ownContainer({controller, link, state, control, plan, uri, uuid, caller, shown: plan, temporary}),
			caller,
			name,
			session,
			found: host.progress.found,
			drained,
			...confined,
			tidied,
			putBack,
			held: start.held,
			usedUpMemory: tellUsedUp(spec.limits.memoryKiB, controller === undefined ? () => false : watchMemory(controller.pid)),
			openConsole: (number) => openConsole(spec, link, number),
		};
	});
}

/** Ends what may have been created under a name, with its control groups. */
async function endTried(
	link: Link,
	state: StateDirectory,
	{trying, owner}: {readonly trying: () => string | undefined; readonly owner: ProcessIdentity},
): Promise<void> {
	await endWhatHangs(
		endForSure(link, state).finally(async () => {
			const name = trying();
			if (name !== undefined) await removeLeftoverCgroups(name);
		}),
		trying,
		{givenUpBy: owner},
	);
}
