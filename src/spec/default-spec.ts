import type {SandboxSpec} from './types.ts';

/** 512 MiB: what virt-sandbox 0.8 gave every sandbox. */
const defaultMemoryKiB = 512 * 1024;

/** Processes and threads that a container may have: plenty for a build or a browser, few beside a host's 32768. */
export const defaultPids = 4096;

/** A sandbox as it is when nothing is asked for. */
export const defaultSpec: SandboxSpec = {
	name: undefined,
	backend: undefined,
	uri: undefined,
	command: [],
	tty: false,
	cwd: undefined,
	environment: {},
	user: {kind: 'caller'},
	root: '/',
	hostname: undefined,
	idmap: undefined,
	mounts: [],
	includes: [],
	disks: [],
	networks: [],
	security: {mode: undefined, model: undefined, label: undefined, relabel: undefined},
	seccomp: 'default',
	limits: {
		memoryKiB: defaultMemoryKiB,
		swapKiB: undefined,
		vcpus: 1,
		cpuShares: undefined,
		cpuQuotaPercent: undefined,
		ioWeight: undefined,
		pids: undefined,
		timeoutMs: undefined,
	},
	kernel: {version: undefined, path: undefined, modules: undefined, accel: 'auto'},
	consoles: {spare: 4, shell: false},
	lifetime: 'client',
};
