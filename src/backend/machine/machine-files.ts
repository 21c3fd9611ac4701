import {chmodSync, chownSync, constants, existsSync} from 'node:fs';
import {chmod, copyFile, truncate, unlink} from 'node:fs/promises';
import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {quote, type SessionPlan} from '../guest/command-file.ts';
import {hostsFile, hostsLine, planHosts} from '../guest/own-name.ts';
import {networkScript, resolverFile, resolverText} from '../guest/network-script.ts';
import {sessionFiles} from '../guest/program/session-files.ts';
import {temporaryBase, type StateDirectory} from '../guest/state/state-directory.ts';
import {makeTemporaryDirectories} from '../start/temporary-directories.ts';
import {guestDirectory} from './boot/boot-script.ts';
import {rootProgram} from './programs/guest-programs.ts';
import {ensureInitramfsBase, modulePlace, writeRunInitramfs, writeWhole} from './boot/initramfs.ts';
import {resolveModules} from './boot/kernel-modules.ts';
import {findBootKernel} from './boot/kernels-vmlinux.ts';
import {controlPort, firstPlace, firstPorts, machinePaths} from './machine-document.ts';
import type {MachinePlan} from './machine-plan.ts';

/** Firmware of QEMU that knows nothing but PVH and bzImage: a tenth of a second less than SeaBIOS. */
const quickFirmware = ['/usr/share/qemu/qboot.rom', '/usr/share/qemu/bios-microvm.bin'];

/** What a machine boots from, from the cache: the kernel, the initramfs that it shares with others, and which of its modules are for what. */
export interface PreparedBoot {
	readonly base: string;
	/** What QEMU boots: the kernel's image, or what was taken out of it. */
	readonly bootKernel: string;
	/** A firmware that does nothing but boot a kernel. */
	readonly firmware: string | undefined;
	/** Assignments of shell variables for the boot script. */
	readonly lines: readonly string[];
}

/** Finds all modules of a plan with what they need, the archive that holds them, and the kernel in its quickest form. */
export async function prepareBoot({kernel, modules, busybox}: MachinePlan, cacheDirectory: string, signal?: AbortSignal): Promise<PreparedBoot> {
	const index = kernel.modules;
	const order = await resolveModules(index, modules.always, signal);
	const run = await resolveModules(index, modules.run, signal);
	const all = new Set([...order, ...run]);
	const lines = [`modules_run=${quote(run.map(modulePlace).join(' '))}`];
	for (const [type, names] of Object.entries(modules.fileSystems)) {
		const paths = await resolveModules(index, names, signal);
		for (const path of paths) all.add(path);
		lines.push(`modules_${type}=${quote(paths.map(modulePlace).join(' '))}`);
	}
	const base = await ensureInitramfsBase(cacheDirectory, {busybox, modulesDirectory: index.directory, modules: [...all], order}, signal);
	const bootKernel = await findBootKernel(kernel.image, cacheDirectory, {write: writeWhole, signal});
	const firmware = bootKernel === kernel.image ? undefined : quickFirmware.find((path) => existsSync(path));
	return {base, bootKernel, firmware, lines};
}

/**
 * The kernel and the firmware of one machine: copies. libvirt gives what QEMU reads to QEMU's user, who could then write into what others boot;
 * and of what lies in /usr/share its AppArmor driver lets QEMU read the best known firmware alone. In a session QEMU's user is the caller, and
 * nothing is given away. Gives their paths.
 */
export async function takeBootFiles(
	{isSession}: MachinePlan,
	state: StateDirectory,
	{bootKernel, firmware}: PreparedBoot,
): Promise<Pick<PreparedBoot, 'bootKernel' | 'firmware'>> {
	if (isSession) return {bootKernel, firmware};
	const paths = machinePaths(state);
	const take = async (from: string, to: string, mode: number): Promise<string> => {
		try {
			await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
			await chmod(to, mode);
		} catch (cause) {
			throw new ShellError('failed', `Cannot copy ${from}, which the machine boots by, to ${to}`, {hint: 'Is there room?', cause});
		}
		return to;
	};
	// libvirt gives the firmware to nobody.
	const kernel = await take(bootKernel, paths.kernel, 0o600);
	const copy = firmware === undefined ? undefined : await take(firmware, paths.firmware, 0o644);
	return {bootKernel: kernel, firmware: copy};
}

/** Removes what a machine has booted from, once it runs: its memory has all of it. What cannot be removed goes with the state directory. */
export async function dropBootFiles(state: StateDirectory): Promise<void> {
	const {kernel, initrd, firmware} = machinePaths(state);
	// QEMU keeps the kernel mapped to its end, for a reset that the domain does not do; the memory of a file that is just unlinked would be taken as long.
	await Promise.allSettled([truncate(kernel).then(() => unlink(kernel)), unlink(initrd), unlink(firmware)]);
}

/** Writes the initramfs of one machine. */
export function writeMachineInitramfs(
	plan: MachinePlan,
	state: StateDirectory,
	{first, prepared, name}: {readonly first: SessionPlan; readonly prepared: PreparedBoot; readonly name: string},
): void {
	const {spec, root, shared, transport, consoles} = plan;
	const ports = firstPorts(consoles);
	const head = [
		`name=${quote(spec.hostname ?? name)}`,
		`ports=${quote(ports.filter((port) => port !== controlPort).join(' '))}`,
		'images=',
		...prepared.lines,
	];
	const hosts = planHosts(root.plan);
	const shown = hosts === undefined ? [] : [{source: `${guestDirectory.slice(1)}/${hostsFile}`, target: hosts.target}];
	const servers = spec.networks.flatMap(({dns}) => dns);
	writeRunInitramfs(machinePaths(state).initrd, prepared.base, {
		plan: `${head.join('\n')}\n${root.script}`,
		programs: new Map([...root.programs, ['tree', rootProgram({transport: transport.type, exports: shared.exports, tree: root.tree, shown})]]),
		made: shared.made,
		ports,
		files: [
			...sessionFiles(first),
			{name: 'setup', mode: 0o600, data: Buffer.from([`_vs_first=${firstPlace(consoles)}`, ...networkScript(spec.networks), ''].join('\n'))},
			...(hosts === undefined ? [] : [{name: hostsFile, mode: 0o644, data: Buffer.from(hosts.text + hostsLine(spec.hostname ?? name, spec.networks))}]),
			{name: resolverFile, mode: 0o644, data: Buffer.from(resolverText(servers))},
		],
	});
}

/** Makes the temporary directories of a machine; gives their paths. Nobody else on the host gets in: the guest may leave programs there that set the user id. */
export function makeMachineTemporary(plan: Pick<MachinePlan, 'temporary' | 'account'>, state: StateDirectory): readonly string[] {
	return makeTemporaryDirectories(plan, state, {
		// virtiofsd is the caller, and so is QEMU in a session.
		open: () => undefined,
		give: (path) => {
			if (process.getuid?.() === 0) chownSync(path, plan.account.uid, plan.account.gid);
		},
	});
}

/** Where QEMU itself opens what it shares (9p), its group gets to a machine's temporary directories, whose modes say the rest. */
export function openTemporaryToQemu({temporary}: Pick<MachinePlan, 'temporary'>, state: StateDirectory, {gid}: {readonly gid: number}): void {
	if (temporary.length === 0) return;
	const base = temporaryBase(state.id);
	chownSync(base, process.getuid?.() ?? 0, gid);
	chmodSync(base, 0o710);
}

/** Lets QEMU's own user get to the sockets and the initramfs, which libvirt gives to it; the names below cannot be listed. */
export function openToQemu(state: StateDirectory): void {
	for (const path of [state.path, join(state.path, '..')]) chmodSync(path, 0o711);
}
