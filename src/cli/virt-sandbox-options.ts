import {backendHelp} from '../spec/backends.ts';

/** Headings of the help, in its order. */
export const optionGroups = [
	'Sandbox',
	'Command',
	'Files',
	'Network and security',
	'Limits',
	'Machine',
	'Running ones',
	'Checking',
	'Output',
	'Connection',
] as const;
type OptionGroup = (typeof optionGroups)[number];

export interface OptionRow {
	readonly long: string;
	readonly short?: string;
	/** Name of the value in the help; undefined: a switch. */
	readonly value?: string;
	readonly help: string;
	readonly group: OptionGroup;
	/** May be given more than once. */
	readonly repeat?: true;
	/** Words the value must be one of. */
	readonly choices?: readonly string[];
	/** Options it cannot be given with. */
	readonly excludes?: readonly string[];
	/** The only options it can be given with. */
	readonly only?: readonly string[];
}

const outputOptions = ['output', 'quiet', 'verbose', 'debug', 'timing'] as const;
const connectionOptions = ['connect', 'keepalive-interval', 'keepalive-count'] as const;

/** Every option of virt-sandbox: the parser, the help, the manual page and the shell completions are made from it. */
export const optionTable = [
	{long: 'name', short: 'n', value: 'NAME', group: 'Sandbox', help: 'name of the sandbox (default: a free sandbox-N)'},
	{
		long: 'backend',
		value: 'KIND',
		group: 'Sandbox',
		help: 'container, machine or xen (default: what the connection offers)',
		choices: Object.keys(backendHelp),
	},
	{long: 'root', short: 'r', value: 'DIR', group: 'Sandbox', help: 'root directory of the guest (default: that of the host)'},
	{long: 'hostname', value: 'NAME', group: 'Sandbox', help: 'host name in the guest (a container has its own name)'},
	{long: 'idmap', value: 'START:COUNT', group: 'Sandbox', help: "map its ids, root's too, to ids of the host from START on (container)"},
	{long: 'consoles', value: 'N', group: 'Sandbox', help: 'spare consoles for --exec (default: 4)'},
	{long: 'keep', group: 'Sandbox', help: 'print its name and return 0 once it runs, and leave it running'},
	{long: 'timeout', value: 'SECONDS', group: 'Sandbox', help: 'stop the command after that time; the status is 124'},

	{long: 'env', value: 'NAME[=VALUE]', group: 'Command', help: "set a variable for the command; NAME alone: to the caller's value", repeat: true},
	{long: 'env-file', value: 'FILE', group: 'Command', help: 'read such lines from FILE', repeat: true},
	{long: 'cwd', value: 'DIR', group: 'Command', help: 'directory of the command (default: the present one, where the guest has it)'},
	{long: 'privileged', short: 'p', group: 'Command', help: 'run the command as root (default: as the user who calls)', excludes: ['switchto']},
	{long: 'switchto', short: 'S', value: 'USER', group: 'Command', help: 'run the command as USER, a name or UID[:GID]'},
	{long: 'shell', short: 'l', group: 'Command', help: 'a root shell on a second console; virt-sandbox-shell console NAME shell joins it'},
	{long: 'escape', short: 'e', value: 'KEY', group: 'Command', help: 'the key that leaves a terminal (default: ^])'},

	{
		long: 'mount',
		short: 'm',
		value: 'TYPE:TARGET=SOURCE',
		group: 'Files',
		help: 'mount host-bind, host-image, guest-bind, ram or overlay (,ro: read-only), or hide:PATH',
		repeat: true,
	},
	{
		long: 'include',
		short: 'i',
		value: 'GUEST=HOST',
		group: 'Files',
		help: 'copy a file or directory of the host into a mount; a path alone is both',
		repeat: true,
	},
	{long: 'includefile', short: 'I', value: 'FILE', group: 'Files', help: 'read such lines from FILE', repeat: true},
	{
		long: 'disk',
		value: 'TYPE:TAG=SOURCE',
		group: 'Files',
		help: 'add a disk image, raw unless format= says otherwise, seen as /dev/disk/by-tag/TAG',
		repeat: true,
	},

	{
		long: 'network',
		short: 'N',
		value: 'OPTIONS',
		group: 'Network and security',
		help: 'add a network: dhcp, source=NET, isolated, address=IP/PREFIX, user, forward=PORT:PORT, … (default: none)',
		repeat: true,
	},
	{
		long: 'security',
		short: 's',
		value: 'OPTIONS',
		group: 'Network and security',
		help: 'security label: dynamic, static,label=…, inherit or none',
	},
	{long: 'seccomp', value: 'FILTER', group: 'Network and security', help: "filter of system calls: default, off, or a file in the OCI runtime's form"},
	{long: 'accept', group: 'Network and security', help: 'answer yes to every question: labels that confine nothing, networks to be started'},

	{long: 'memory', value: 'SIZE', group: 'Limits', help: 'memory: 512M, 1GiB; without a unit: bytes (default: 512M)'},
	{long: 'swap', value: 'SIZE', group: 'Limits', help: 'swap on top of the memory (default: no limit); containers only'},
	{long: 'vcpus', value: 'N', group: 'Limits', help: 'virtual CPUs (default: 1)'},
	{long: 'cpu-shares', value: 'N', group: 'Limits', help: 'weight among the users of the CPU'},
	{long: 'cpu-quota', value: 'PERCENT', group: 'Limits', help: 'most time of one CPU'},
	{long: 'io-weight', value: 'N', group: 'Limits', help: 'weight among the users of the disks'},
	{long: 'pids', value: 'N', group: 'Limits', help: 'most processes and threads (default: 4096; 0: no limit); containers only'},

	{long: 'kernver', value: 'VERSION', group: 'Machine', help: 'kernel version (default: the running one, else the newest that will do)'},
	{long: 'kernpath', value: 'FILE', group: 'Machine', help: 'kernel image'},
	{long: 'kmodpath', value: 'DIR', group: 'Machine', help: 'directory of kernel modules'},
	{long: 'accel', value: 'KIND', group: 'Machine', help: 'kvm, tcg or auto', choices: ['auto', 'kvm', 'tcg']},

	{
		long: 'exec',
		value: 'NAME',
		group: 'Running ones',
		help: 'run the command in the running sandbox NAME, as the user that its own command runs as',
		only: ['env', 'env-file', 'cwd', 'privileged', 'switchto', 'escape', 'timeout', ...outputOptions, ...connectionOptions],
	},
	{long: 'clean', group: 'Running ones', help: 'remove what ended sandboxes left behind', only: ['connect', ...outputOptions]},
	{long: 'dry-run', group: 'Checking', help: 'check everything, print the domain XML, start nothing'},
	{long: 'print-xml', group: 'Checking', help: 'print the domain XML on standard error, and run'},

	{long: 'output', value: 'FORMAT', group: 'Output', help: 'text or json', choices: ['text', 'json']},
	{long: 'quiet', short: 'q', group: 'Output', help: 'no notices, only faults', excludes: ['verbose', 'debug']},
	{long: 'verbose', short: 'v', group: 'Output', help: 'all notices, and each phase with the time since the start'},
	{long: 'debug', short: 'd', group: 'Output', help: 'each call to libvirt with its time, and causes of faults'},
	{long: 'timing', short: 't', group: 'Output', help: 'print how long each part took'},
	{long: 'version', short: 'V', group: 'Output', help: 'print the version'},
	{long: 'help', short: 'h', group: 'Output', help: 'print this help'},

	{long: 'connect', short: 'c', value: 'URI', group: 'Connection', help: 'libvirt connection: lxc:///system, qemu:///system, qemu:///session'},
	{long: 'readonly', group: 'Connection', help: 'connect read-only, for --dry-run'},
	{
		long: 'keepalive-interval',
		short: 'k',
		value: 'SECONDS',
		group: 'Connection',
		help: 'time between keepalive messages; 0: none (default: 5 over ssh, else none)',
	},
	{long: 'keepalive-count', short: 'K', value: 'N', group: 'Connection', help: 'messages without an answer that end the connection (default: 5)'},
] as const satisfies readonly OptionRow[];

export type OptionName = (typeof optionTable)[number]['long'];
