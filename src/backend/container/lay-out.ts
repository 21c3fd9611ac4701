import {chmodSync, constants, copyFile, mkdirSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Duplex} from 'node:stream';
import {promisify} from 'node:util';
import {wordToBytes} from '../../core/bytes.ts';
import {ShellError} from '../../core/errors.ts';
import {fillScript} from '../../core/fill-script.ts';
import {requiredDirectory, type SessionPlan} from '../guest/command-file.ts';
import {controlNames, openControlChannel, type ContainerControl, type FollowedSession} from '../guest/streams/control-channel.ts';
import {makeFifos} from '../guest/streams/fifo.ts';
import {appletLines, checkFunction, initFunctions} from '../guest/init-functions.ts';
import {leaseFile, leaseScript, resolverFile, resolverText} from '../guest/network-script.ts';
import {beginProgram} from '../guest/program/begin-program.ts';
import {sessionFiles} from '../guest/program/session-files.ts';
import {hostsFile} from '../guest/own-name.ts';
import {busyboxFile, ioTarget} from '../guest/root/root-plan.ts';
import {openPipeSession, openTerminalSession, pipeNames, type JoinedSession} from '../guest/streams/session-streams.ts';
import {writtenPrograms} from '../guest/program/written-programs.ts';
import {flushFile, flushProgram} from '../guest/program/flush-program.ts';
import {readerFile, readerProgram} from '../guest/program/reader-program.ts';
import {makeSkeleton, type StateDirectory} from '../guest/state/state-directory.ts';
import type {GuestSession, StartOptions} from '../types.ts';
import type {Link} from '../start/link.ts';
import {makeTemporaryDirectories} from '../start/temporary-directories.ts';
import {giveToGuest, showToGuest} from './idmap/map-owner.ts';
import init from './init.sh';
import {includePrograms, setupScript} from './setup-script.ts';
import {imagesFile, writableImages} from './written-images.ts';
import type {ContainerPlan} from './container-plan.ts';

const initScript = fillScript(init, {applets: appletLines, check: checkFunction, ...initFunctions('&6')});

/** Fills a state directory with all that libvirt looks at when it creates the domain, and what its first process is. */
export function fillStateDirectory(plan: ContainerPlan, state: StateDirectory, {uuid, hasInput}: {readonly uuid: string; readonly hasInput: boolean}): void {
	makeSkeleton(state.root, plan.root.skeleton);
	// What `/` is, which every user of the guest may list.
	chmodSync(state.root, 0o755);
	makeTemporaryDirectories(plan, state, {
		open: (base) => showToGuest(base, plan.spec.idmap),
		give: (path) => giveToGuest(path, plan.spec.idmap, plan.account),
	});
	for (const {name, isDirectory} of plan.includes) {
		if (isDirectory) mkdirSync(join(state.io, name));
		else writeFileSync(join(state.io, name), '');
	}
	// For what is hidden, and what turns out to be no sandbox's to see.
	mkdirSync(join(state.io, 'empty-directory'));
	writeFileSync(join(state.io, 'empty-file'), '');
	// Whatever the umask is.
	chmodSync(join(state.io, 'empty-directory'), 0o555);
	chmodSync(join(state.io, 'empty-file'), 0o444);
	for (const {name, mode, uid, gid, entries} of plan.made) {
		const path = join(state.io, name);
		mkdirSync(path);
		makeSkeleton(path, entries);
		giveToGuest(path, undefined, {uid, gid});
		chmodSync(path, mode);
	}
	if (plan.hosts !== undefined) {
		writeFileSync(join(state.io, hostsFile), plan.hosts.text);
		chmodSync(join(state.io, hostsFile), 0o644);
	}
	if (plan.networks.length > 0) {
		writeFileSync(join(state.io, leaseFile), leaseScript, {mode: 0o700});
		writeFileSync(join(state.io, resolverFile), resolverText(plan.networks.flatMap(({dns}) => dns)));
		chmodSync(join(state.io, resolverFile), 0o644);
	}
	// Its label is of its making, its contents come beside all else.
	writeFileSync(join(state.io, busyboxFile), '');
	const begin = beginProgram({busybox: `${ioTarget}/${busyboxFile}`, script: `${ioTarget}/init`, directory: ioTarget, uuid, hasInput}, plan.begin);
	writeFileSync(join(state.io, 'begin'), begin, {mode: 0o700});
	writeFileSync(join(state.io, 'init'), initScript, {mode: 0o600});
	if (plan.includeReader !== undefined) writeFileSync(join(state.io, readerFile), readerProgram(plan.includeReader, plan.begin.architecture), {mode: 0o700});
	for (const [name, program] of includePrograms(plan)) writeFileSync(join(state.io, name), program, {mode: 0o700});
	if (plan.consoles.spare.length > 0) writeFileSync(join(state.io, flushFile), flushProgram(plan.begin.architecture), {mode: 0o700});
	const images = writableImages(plan);
	if (images.length > 0) {
		writeFileSync(join(state.io, imagesFile), wordToBytes(images.map((place) => `${place}\n`).join('')));
		for (const [name, program] of Object.entries(writtenPrograms(plan.begin.architecture))) writeFileSync(join(state.io, name), program, {mode: 0o700});
	}
	handOver(plan.spec, state);
}

const copySoon = promisify(copyFile);

/** A copy: libvirt's AppArmor driver refuses mounts of what lies in /usr/bin. The state directory is filled. */
export async function copyBusybox({busybox}: ContainerPlan, {io}: StateDirectory): Promise<void> {
	const copy = join(io, busyboxFile);
	await copySoon(busybox, copy, constants.COPYFILE_FICLONE);
	chmodSync(copy, 0o755);
}

/** With mapped ids libvirt mounts with the rights of the guest's root alone, which has to get to all of this and reads the files of its init. */
function handOver({idmap}: ContainerPlan['spec'], state: StateDirectory): void {
	if (idmap === undefined) return;
	// libvirt would make it, and may not.
	mkdirSync(join(state.root, '.oldroot'));
	showToGuest(state.path, idmap);
	for (const name of readdirSync(state.io)) showToGuest(join(state.io, name), idmap);
}

/** What the init is to do once it may go on: it may be starting already. */
export function writeOrders(plan: ContainerPlan, {io}: StateDirectory, first: SessionPlan): void {
	for (const {name, mode, data} of [{name: 'setup', mode: 0o600, data: wordToBytes(setupScript(plan))}, ...sessionFiles(first)]) {
		writeFileSync(join(io, name), data, {mode});
		showToGuest(join(io, name), plan.spec.idmap);
	}
}

/** The host's side of a guest that may be starting already. */
export interface HostSide {
	readonly control: ContainerControl;
	readonly progress: FollowedSession;
	/** Undefined: the first session has a terminal. */
	readonly pipes: GuestSession | undefined;
}

/** Makes the FIFOs and opens the host's ends. The guest waits for the last of them, so it may be on its way meanwhile. */
export async function openHostSide(
	plan: ContainerPlan,
	state: StateDirectory,
	{first, sinks, hasInput}: {readonly first: SessionPlan; readonly sinks: StartOptions['sinks']; readonly hasInput: boolean},
): Promise<HostSide> {
	const streams = first.terminal === undefined ? pipeNames(0).slice(hasInput ? 1 : 0) : [];
	await makeFifos(
		[...streams, ...controlNames].map((name) => join(state.io, name)),
		plan.busybox,
	);
	for (const name of streams) {
		// The command may open /dev/stderr anew only if it owns what is behind it.
		giveToGuest(join(state.io, name), plan.spec.idmap, plan.account);
	}
	for (const name of controlNames) giveToGuest(join(state.io, name), plan.spec.idmap);
	const pipes = first.terminal === undefined ? openPipeSession(state.io, {number: 0, sinks, hasInput}) : undefined;
	const control = openControlChannel(state, {
		// In place, since the guest has this very file mounted.
		onNameServers: (servers) => writeFileSync(join(state.io, resolverFile), resolverText(servers)),
	});
	const progress = control.follow(0, requiredDirectory(first));
	return {control, progress, pipes: pipes?.join(control, progress)};
}

interface JoinContext {
	readonly spec: ContainerPlan['spec'];
	readonly link: Link;
	readonly host: HostSide;
	readonly ready: Promise<void>;
}

/** The streams of the first command, once it may begin. */
export async function joinFirst(first: SessionPlan, {spec, link, host, ready}: JoinContext): Promise<JoinedSession> {
	const {number, terminal} = first;
	if (host.pipes !== undefined) {
		return {session: host.pipes, drained: Promise.resolve()};
	}
	if (terminal === undefined) {
		throw new ShellError('failed', 'The command has neither pipes nor a terminal');
	}
	const [console] = await Promise.all([openConsole(spec, link, terminal.tty), ready]);
	return openTerminalSession(host.control, host.progress, {number, tty: terminal.tty, mark: terminal.mark, console});
}

/** What is kept outlives a libvirtd that is restarted, and its consoles do. */
export function openConsole({lifetime}: ContainerPlan['spec'], link: Link, number: number): Promise<Duplex> {
	return lifetime === 'keep' ? link.openLastingConsole(number) : link.openConsole(number);
}
