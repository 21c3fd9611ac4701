import {ShellError} from '../../../core/errors.ts';
import {safeText} from '../../../core/text.ts';
import {CallTimeout, ConnectFailed, ConnectionLost, LibvirtError} from '../../libvirt/index.ts';
import {WayChanged} from '../../start/while-root-stays.ts';
import {isEmbeddedUri} from './embedded-place.ts';
import {hintAtDaemon} from './libvirt-logs.ts';

/** libvirt's words, by what they mean here, and what a person can do; what was to be mounted may have gone meanwhile. */
const explanations: ReadonlyArray<readonly [words: RegExp, message: string, hint: string, Fault?: typeof WayChanged]> = [
	[/^Failed to access '([^']*)'/, 'The host has no $1', 'Make it, or take the mount out', WayChanged],
	[/startup: Failed to access '([^']*)': (.*)$/, 'The sandbox cannot mount $1: $2', 'Look at its path, or take the mount out', WayChanged],
	[
		/Failed to bind mount directory (?:\/\.oldroot)?(\/.*) to (\/[^:]*): (.*)$/,
		'The sandbox cannot mount $1 at $2: $3',
		'Both have to be directories, or both files',
		WayChanged,
	],
	[
		/Failed to mount device \S+ to (\/[^:]*) as (\w+): (.*)$/,
		'The image for $1 cannot be mounted as $2: $3',
		'Check whether it is whole, as with fsck -n; the log of the kernel tells more',
	],
	[/Failed to find user record for uid '(\d+)'/, 'libvirtd knows no user with the id $1, so it does not serve this process', 'Add the user to /etc/passwd'],
	[
		/Failed to mount device \S+ to (\/[^:,]*), unable to detect filesystem/,
		'The image for $1 holds no file system that the kernel knows',
		'Images of whole disks, with partitions, are given with --disk',
	],
	[
		/Failed to load nbd module/,
		'This host cannot mount an image that is not raw: its kernel has no nbd',
		'Convert it: qemu-img convert -f FORMAT -O raw OLD NEW',
	],
	[/unknown driver format value '([^']*)'/, 'libvirt knows no images of the format $1', 'Convert it: qemu-img convert -f $1 -O qcow2 OLD NEW'],
	[/No free NBD devices/, 'All nbd devices of the host are in use', 'End a sandbox whose image is not raw, or load more: modprobe nbd nbds_max=64'],
	[/qemu-nbd: Failed to blk_new_open '([^']*)': Failed to get /, 'The image $1 is in use', 'End what uses it, or let all of them mount it read-only (ro)'],
	[/qemu-nbd: Failed to blk_new_open '([^']*)': (.*)$/, 'The image $1 cannot be opened: $2', 'Check whether it is whole: qemu-img check -f FORMAT'],
	[
		/startup: Unable to open (\/(?!dev\/loop).*): (Read-only file system|Operation not permitted|Permission denied)$/,
		'libvirt cannot open the image $1 for writing: $2',
		'It opens a raw image of a container so even if that is `ro`: give it to a machine with `ro` (--backend machine), or use a copy elsewhere',
	],
	[/Failed to create ([^:]*): Read-only file system/, 'The mount point $1 does not exist in the sandbox', 'Make it on the host, or mount a ram above it'],
	[
		/Network not found: no network with matching name '([^']*)'/,
		"libvirt has no network '$1'",
		"`virt-sandbox-shell -c '$uri' networks` lists those there are; name one with source=NAME, or give a machine QEMU's own network (`user`)",
	],
	[
		/Network filter not found: no nwfilter with matching name '([^']*)'/,
		"libvirt has no network filter '$1'",
		"`virsh -c '$uri' nwfilter-list` lists those there are",
	],
	[
		/not supported by the connection driver: virNWFilterLookupByName|no connection driver available for nwfilter/,
		'This host’s libvirt cannot filter networks',
		'Install its nwfilter driver: libvirt-daemon-driver-nwfilter, and libvirt-daemon-config-nwfilter for the filters that come with libvirt',
	],
	[
		/^no connection driver available for (.*)$/,
		'The libvirtd that serves $1 has no driver for it',
		'One that was installed while libvirtd ran is loaded when that is restarted: systemctl restart libvirtd; `doctor` tells which are installed',
	],
	[
		/passt[^]*Failed to bind port (\d+) \(([^)]*)\)/,
		'Port $1 of this host cannot be forwarded: $2',
		'Another program may have it: give another port or address in forward=',
	],
	[
		/network '([^']*)' is not active/,
		"The network '$1' is not active",
		"Start it with `virt-sandbox-shell -c '$uri' networks start $1` or have it started by --accept (in the shell: --yes), or give a machine QEMU's own network (`user`)",
	],
	[
		/cannot load AppArmor profile '[^']*'/,
		'libvirt cannot load an AppArmor profile for this sandbox',
		'The log of libvirtd tells why; where it says `skipped restricted file`, put that file into /srv or /var/lib/libvirt/images. Or leave AppArmor out: --security none',
	],
	[/Security driver model '([^']*)' is not available/, "This host has no security model '$1'", 'Leave the label out, or use --security none'],
	[
		/Unable to create directory .*cgroup|Failed to make mount .*cgroup/,
		'libvirtd cannot use this host’s control groups',
		'Run libvirtd where `findmnt -t cgroup,cgroup2` shows one kind of them, at /sys/fs/cgroup alone: unmount the others, /sys/fs/cgroup/unified too',
	],
	[
		/Unable to create directory (\S+): Read-only file system/,
		'libvirtd cannot create $1 in the sandbox, where it would mount the host’s control groups',
		'Unmount what `findmnt -t cgroup,cgroup2` shows outside of /sys/fs/cgroup, and restart libvirtd',
	],
	[
		/UNIX socket path '([^']*)' too long/,
		'libvirt makes a socket whose path is too long: $1',
		'Choose a shorter --name, or a shorter directory by XDG_CONFIG_HOME',
	],
	[
		/(?:-blockdev [^]*Could not open|Cannot access storage file) '([^']*)'[^']*Permission denied/,
		'QEMU cannot open the image $1: Permission denied',
		'It runs as a user of its own, who has to get through all directories on the way: put the image into /srv or /var/lib/libvirt/images',
	],
	[/Is another process using the image \[([^\]]*)\]/, 'The image $1 is in use by another machine', 'Wait for its end, or mount it read-only (,ro) in both'],
	[
		/Suspend operation failed/,
		'libvirt could not suspend the container',
		'libvirt never can where the host has only control groups of version 2. There, root of that host can do so with this program; else `signal NAME STOP` stops the command, and CONT lets it go on',
	],
	[/Active console session exists/, 'Another program is attached to this console', 'Detach it there first'],
];

/**
 * Whether libvirt refused a domain because another one has its name, or had it until now: the end of that one takes the pid file of
 * this one with it; or its process still has that file, though libvirtd has given it up. libvirt's error codes for that are its general ones, so the words have to tell.
 */
export function isNameTaken(error: unknown): boolean {
	return (
		error instanceof LibvirtError &&
		/already exists with uuid|is already active|already defined|^Failed to read pid file|Failed to acquire pid file/.test(error.text)
	);
}

/** An error of the libvirt client in our words; what is a ShellError already, or an abort, stays as it is. */
export function explainLibvirtError(error: unknown, uri: string): unknown {
	if (error instanceof LibvirtError) {
		for (const [words, message, hint, Fault = ShellError] of explanations) {
			const match = words.exec(error.text);
			if (match === null) continue;
			const fill = (text: string): string =>
				text.replaceAll(/\$([123])/g, (_, digit: string) => safeText(match[Number(digit)] ?? '')).replaceAll('$uri', () => safeText(uri));
			return new Fault('failed', fill(message), {hint: fill(hint), cause: error});
		}
		return new ShellError('failed', `libvirt says: ${safeText(error.text)}`, {hint: hintAtDaemon(uri, error.text), cause: error});
	}
	if (error instanceof ConnectFailed) {
		return new ShellError('unavailable', safeText(error.message), {hint: error.hint ?? hintForConnect(error, uri), cause: error});
	}
	if (error instanceof ConnectionLost)
		return new ShellError('unavailable', 'The connection to libvirtd was lost', {
			hint: `Check whether libvirtd still runs${also(hintAtDaemon(uri))}`,
			cause: error,
		});
	if (error instanceof CallTimeout)
		return new ShellError('unavailable', error.message, {hint: `libvirtd may hang: restart it${also(hintAtDaemon(uri))}`, cause: error});
	return error;
}

function also(hint: string | undefined): string {
	return hint === undefined ? '' : `; ${hint}`;
}

function hintForConnect({problem}: ConnectFailed, uri: string): string | undefined {
	switch (problem) {
		case 'absent':
		case 'refused':
			if (isEmbeddedUri(uri)) return '`virt-sandbox-shell connect` starts the libvirtd of our own again, and then it knows the sandboxes that it had';
			return `Start the libvirtd that serves ${uri}, or leave --connect out: root gets one of this program's own (--backend machine for a machine)`;
		case 'permission':
		case 'auth':
			return 'Run it as root, or ask for access to libvirt';
		case 'uri':
		case 'transport':
			return 'Use lxc:///system or qemu:///system';
		case 'start':
			return 'Start it by hand to see why it ends: /usr/sbin/libvirtd --timeout=120';
		case 'timeout':
		case 'socket':
			return hintAtDaemon(uri);
		default:
			return problem satisfies never;
	}
}
