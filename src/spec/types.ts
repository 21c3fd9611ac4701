import type {BackendName} from './backends.ts';
import type {ImageFormat} from './image-formats.ts';

/**
 * What a sandbox is to be: a pure description, a value that is never changed in place.
 * Sizes are KiB, times are milliseconds. Paths are absolute.
 */
export type SandboxSpec = Readonly<{
	/** The domain's name; undefined: a free `sandbox-N` is taken at the start. */
	name: string | undefined;
	backend: BackendName | undefined;
	/** libvirt URI; undefined: the default of the host. */
	uri: string | undefined;
	command: readonly string[];
	tty: boolean;
	/** undefined: the caller's directory where the guest has it, else HOME, else /. */
	cwd: string | undefined;
	/** What `--env` adds to the environment of the command. */
	environment: AskedEnvironment;
	user: User;
	/** Root directory of the guest: `/` is the host's own. */
	root: string;
	hostname: string | undefined;
	/** Undefined: ids in the guest are the host's. */
	idmap: Idmap | undefined;
	mounts: readonly Mount[];
	includes: readonly Include[];
	disks: readonly Disk[];
	networks: readonly Network[];
	security: Security;
	/** The filter of system calls: `default`, `off`, or the absolute path of a file in the OCI runtime's form. */
	seccomp: string;
	limits: Limits;
	kernel: Kernel;
	consoles: ConsolesSpec;
	lifetime: 'client' | 'keep';
}>;

/** The value of a variable; null: the one that the caller has when the command starts. */
export type EnvironmentValue = string | null;
export type AskedEnvironment = Readonly<Record<string, EnvironmentValue>>;

/** The guest's ids 0 to COUNT - 1 are those of the host from START on. */
export type Idmap = Readonly<{start: number; count: number}>;

/** Whom the command runs as. `caller`: who started this program; `root`: -p; `name`: -S USER (a name or UID[:GID]). */
export type User = Readonly<{kind: 'caller'} | {kind: 'root'} | {kind: 'name'; name: string}>;

export type Mount = HostBind | HostImage | GuestBind | RamMount | Overlay | Hide;

interface MountBase {
	readonly target: string;
	readonly readonly: boolean;
}
/** A host file or directory; source undefined: a temporary directory, deleted afterwards. */
export type HostBind = Readonly<MountBase & {type: 'host-bind'; source: string | undefined; relabel: boolean | undefined}>;
/** A file system image of the host. */
export type HostImage = Readonly<MountBase & Image & {type: 'host-image'}>;
/** A path of the guest, seen at a second place. */
export type GuestBind = Readonly<MountBase & {type: 'guest-bind'; source: string}>;
type RamMount = Readonly<MountBase & {type: 'ram'; sizeKiB: number; mode: number | undefined; uid: number | undefined; gid: number | undefined}>;
export type Overlay = Readonly<MountBase & {type: 'overlay'; source: string; upper: string | undefined}>;
/** Something empty in the place of a file or directory. */
export type Hide = Readonly<MountBase & {type: 'hide'; readonly: true}>;

/** A host file or directory that is copied to a place below a writable mount before the command starts. */
export type Include = Readonly<{guest: string; host: string}>;

export type Disk = Readonly<Image & {type: 'file'; tag: string; readonly: boolean}>;

/** An image of the host. */
export type Image = Readonly<{
	source: string;
	format: ImageFormat;
	/** Whether it may refer to other files, which are then opened with it: a backing file, one with its data. */
	chain: boolean;
}>;

export type Network = Readonly<{
	/** libvirt network; undefined: `default`, or QEMU's user network. */
	source: string | undefined;
	/** QEMU's own user network, for a machine, which needs no network of libvirt. */
	user: boolean;
	dhcp: boolean;
	/** Kept apart from others that are: a port of the bridge of libvirt's. */
	isolated: boolean;
	mac: string | undefined;
	addresses: ReadonlyArray<Readonly<{address: string; prefix: number; broadcast: string | undefined}>>;
	routes: ReadonlyArray<Readonly<{network: string; prefix: number; gateway: string}>>;
	dns: readonly string[];
	/** Of the user network alone. */
	forwards: readonly PortForward[];
	filter: Readonly<{name: string; parameters: Readonly<Record<string, string>>}> | undefined;
}>;

/** A port of the host that leads to one of the guest. */
export type PortForward = Readonly<{protocol: 'tcp' | 'udp'; address: string; host: number; guest: number}>;

export type SecurityModel = 'selinux' | 'apparmor' | 'dac';
export type Security = Readonly<{
	/** undefined: not asked for: dynamic where the host has a model, no warning where it has none. */
	mode: 'dynamic' | 'static' | 'inherit' | 'none' | undefined;
	model: SecurityModel | undefined;
	label: string | undefined;
	relabel: boolean | undefined;
}>;

export type Limits = Readonly<{
	memoryKiB: number;
	swapKiB: number | undefined;
	vcpus: number;
	cpuShares: number | undefined;
	/** Percent of one CPU. */
	cpuQuotaPercent: number | undefined;
	ioWeight: number | undefined;
	/** Most processes and threads; 0: no limit. Undefined: the backend's own, `defaultPids` in a container and none in a machine. */
	pids: number | undefined;
	timeoutMs: number | undefined;
}>;

export type Kernel = Readonly<{version: string | undefined; path: string | undefined; modules: string | undefined; accel: 'auto' | 'kvm' | 'tcg'}>;

/** Spare consoles declared at the start for exec, and whether a root shell waits on one of its own. */
type ConsolesSpec = Readonly<{spare: number; shell: boolean}>;
