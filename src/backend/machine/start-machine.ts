import {clockMs} from '../../core/clock-ms.ts';
import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {requiredDirectory, type SessionPlan} from '../guest/command-file.ts';
import {openTerminalSession, type JoinedSession} from '../guest/streams/session-streams.ts';
import {makeCache} from '../host/cache.ts';
import type {Sandbox, StartOptions} from '../types.ts';
import {writeXml} from '../xml/write-xml.ts';
import {beginStart, endForSure} from '../start/begin-start.ts';
import {linkForMachine} from '../start/checked-images.ts';
import {createDomain} from '../start/create-domain.ts';
import {planFirstSession} from '../start/first-session.ts';
import {hintAtDomain} from '../host/libvirtd/libvirt-logs.ts';
import {endedOutOfMemory} from '../limits/describe-out-of-memory.ts';
import {tellUsedUp} from '../limits/watch-memory.ts';
import {serveOthers} from '../start/serve-others.ts';
import {programPlace} from '../guest/program/program-place.ts';
import {stateBase} from '../guest/state/state-directory.ts';
import {removeHere} from '../clean-up/leftover-files.ts';
import {logConsole} from '../start/running-sandbox.ts';
import {whileRootStays} from '../start/while-root-stays.ts';
import {openMachineControl, type MachineControl, type MachineProgress} from './ports/machine-control.ts';
import {openPortSession} from './ports/machine-streams.ts';
import {kvmVerdictFile} from './boot/kvm.ts';
import {boundPasst, boundQemu} from './bound-machine.ts';
import {giveToQemu, returnMachineImages} from './give-to-qemu.ts';
import {chooseAccel, startOnTrial, type AttemptEvents} from './boot/machine-accel.ts';
import {awaitBoot, blameKvm, keepBootLog} from './boot/machine-boot.ts';
import {makeMachineDocument, type AccelChoice} from './machine-document.ts';
import {endMachine, type RunningMachine} from './end-machine.ts';
import {dropBootFiles, makeMachineTemporary, openToQemu, prepareBoot, takeBootFiles, writeMachineInitramfs, type PreparedBoot} from './machine-files.ts';
import {planMachine, type MachinePlan} from './machine-plan.ts';
import {listenForPorts, type MachinePorts} from './ports/machine-ports.ts';
import {qemuUser} from './qemu-user.ts';
import {serveTree} from './root/serve-tree.ts';
import {tellNetwork} from './tell-network.ts';

/** How long a QEMU that was killed may take to go. */
const goneMs = 10_000;

/** Starts a machine and its command; what was begun is put away again when that fails. */
export async function startMachine(spec: SandboxSpec, uri: string, options: StartOptions): Promise<Sandbox> {
	const machine = await beginMachine(spec, uri, options);
	const sandbox = endMachine(machine);
	return serveOthers(machine, sandbox, options);
}

/** The same, with all that the owner of the machine has in hand. */
export async function beginMachine(spec: SandboxSpec, uri: string, options: StartOptions): Promise<RunningMachine> {
	const begun = clockMs();
	const {voice, caller} = options;
	const plan = await whileRootStays(options.signal, () => planMachine(spec, uri, options));
	options.onPlanned?.();
	for (const {level, code, message} of plan.notices) voice.notice(level, code, message);
	voice.phase('kernel', clockMs() - begun);
	const cache = makeCache(caller);
	const prepared = await prepareBoot(plan, cache, options.signal);
	voice.phase('initramfs', clockMs() - begun);
	const verdictFile = kvmVerdictFile(cache, plan.kernel.version);
	const accel = chooseAccel(spec.kernel.accel, {verdictFile, isSession: plan.isSession});
	return startOnTrial(accel, {verdictFile, voice, attempt: (each, events) => beginPlanned(plan, each, {prepared, begun, options, ...events})});
}

/** What a start of a plan needs besides. */
interface StartContext extends AttemptEvents {
	readonly prepared: PreparedBoot;
	readonly begun: number;
	readonly options: StartOptions;
}

/** Starts a machine by its plan, one way of running it. */
export function beginPlanned(plan: MachinePlan, accel: AccelChoice, {prepared, begun, options, onHello, onLeft}: StartContext): Promise<RunningMachine> {
	const {voice, caller, signal} = options;
	const {spec, uri} = plan;
	return beginStart(spec, uri, options, {domainType: accel.domainType, isLocal: true, begun, onLeft}, async (start) => {
		const {owner, uuid, labels, linking, undo} = start;
		// In this process: a machine hands no descriptor of the host to anybody.
		const remove = (given?: AbortSignal): Promise<void> => removeHere({path: state.path, temporary: record.temporary}, {signal: given});
		const made = start.makeState({temporary: plan.temporary, remove: () => remove()});
		const {state, record} = made;
		if (!plan.isSession) openToQemu(state);
		// Beside all that follows: it takes 15 ms.
		const taking = takeBootFiles(plan, state, prepared);
		taking.catch(() => undefined);
		undo.push(() => taking);
		const temporary = makeMachineTemporary(plan, state);
		const {transport} = plan;
		const served = transport.type === 'virtiofs' ? serveTree(plan, transport.virtiofsd, {state, uuid, temporary, options}) : undefined;
		if (served !== undefined) undo.push(() => served.stop());
		const asking = plan.isSession ? undefined : linking.then((link) => link.connection.getCapabilities({signal}));
		asking?.catch(() => undefined);
		const first = planFirstSession(plan, options);
		const ports = await listenForPorts(plan, state, async (device) => (await linking).attach(writeXml(device)));
		undo.push(() => ports.close());
		const control = openMachineControl(ports.control);
		const progress = control.follow(0, requiredDirectory(first));
		const log = keepBootLog(ports.bootLog, options.onBootLog);
		const {session, drained} = joinFirst(first, {ports, control, progress, options});
		start.phase('layout');

		undo.push((isLeft) => isLeft || returnMachineImages(plan, state, voice));
		const {link, settled} = await start.connected((each) => endForSure(each, state, goneMs));
		const putBack = await start.relabel(settled, made, plan.placeOf);
		const {bootKernel, firmware} = await taking;
		const names = {uuid, owner, temporary, seclabels: settled.seclabels, accel, bootKernel, firmware, isVerbose: options.trace !== undefined};
		const write = (each: string): string => {
			writeMachineInitramfs(plan, state, {first, prepared, name: each});
			return writeXml(makeMachineDocument(plan, state, {name: each, ...names}));
		};
		const user = asking === undefined ? undefined : qemuUser(spec, await asking, accel.domainType, caller);
		if (user !== undefined) await giveToQemu(user, {plan, state, served, label: labels.files}, options);
		const opened = {state, temporary, control: ports.control, caller};
		const checking = await linkForMachine(link, plan, opened, {
			states: stateBase(caller),
			asking: () => programPlace('asking', state, caller),
			signal: options.signal,
			held: start.held,
		});
		const creating = createDomain(spec, state, {link: checking, record: {...record, qemu: user?.uid}, options, writeXml: write});
		const name = await creating.catch((error: unknown) => Promise.reject(accel.domainType === 'kvm' ? blameKvm(error) : error));
		start.phase('create');
		served?.tellLimit();
		// Not by a word of the guest's, whose kernel may be anybody's.
		void boundQemu({uuid, uri, qemu: user?.uid}, plan, () => programPlace('bounds', state, caller));
		const boundNetwork = (): Promise<void> => boundPasst({id: link.domainId(), name}, plan, () => programPlace('network-bounds', state, caller));
		if (plan.userNetwork === 'passt') void boundNetwork();
		void served?.lost.then((error) => {
			control.abandon(error);
			return link.destroy().catch(() => undefined);
		});
		const seen = (): void => {
			start.phase('boot');
			onHello();
			void dropBootFiles(state);
		};
		void control.rooted.then(() => start.phase('root'));
		await awaitBoot({domainType: accel.domainType, uuid, link, control, progress, log, signal, onHello: seen, hintAtLog: () => hintAtDomain(uri, name)});
		const {tidied} = await start.ready({link, settled, name, control});
		// One whose kernel finds nobody more to end goes without a word of its init: whoever waits hears what its boot log says.
		void log.ranOut.then(() => control.expectEnd(endedOutOfMemory(spec.limits.memoryKiB)));
		if (plan.userNetwork === 'passt') void tellNetwork(link.connection, uuid, {voice, onBack: boundNetwork});
		const further = {name, state, control, ports, consoles: plan.consoles};
		return {
			plan,
			caller,
			state,
			name,
			uuid,
			uri,
			qemu: user?.uid,
			link,
			control,
			session,
			found: progress.found,
			drained,
			tidied,
			putBack: async (given) => {
				try {
					await returnMachineImages(plan, state, voice);
				} finally {
					await putBack(given);
				}
			},
			held: start.held,
			endsAlone:
				plan.root.disks.length === 0 &&
				!plan.root.hasOverlay &&
				plan.temporary.length === 0 &&
				settled.relabel.length === 0 &&
				spec.networks.every(({forwards}) => forwards.length === 0),
			canWrite: plan.root.tree.mounts.some((mount) => mount.kind === 'bind' && !mount.readonly),
			writesImages: plan.root.disks.some(({readonly}) => !readonly),
			voice,
			remove,
			served,
			closePorts: () => ports.close(),
			sharesConsoles: false,
			sharesUsers: false,
			usedUpMemory: tellUsedUp(spec.limits.memoryKiB, () => control.hasRunOut()),
			isSuspended: () => link.isSuspended(),
			openConsole: (number) => (number === logConsole ? Promise.resolve(log.open()) : ports.openConsole(number)),
			async prepareSession(each) {
				const {prepareMachineSession} = await import('./machine-session.ts');
				return prepareMachineSession(further, each);
			},
		};
	});
}

interface JoinContext {
	readonly ports: MachinePorts;
	readonly control: MachineControl;
	readonly progress: MachineProgress;
	readonly options: StartOptions;
}

function joinFirst({number, terminal}: SessionPlan, {ports, control, progress, options}: JoinContext): JoinedSession {
	const [stdin, stdout, stderr] = ports.streams;
	const console = terminal === undefined ? undefined : ports.consoles.get(terminal.tty);
	if (terminal !== undefined && console !== undefined) {
		return openTerminalSession(control, progress, {number, tty: terminal.tty, mark: terminal.mark, console});
	}
	if (stdin === undefined || stdout === undefined || stderr === undefined) throw new ShellError('failed', 'The command has neither pipes nor a terminal');
	return openPortSession(control, progress, {in: stdin, out: stdout, err: stderr}, {number, sinks: options.sinks});
}
