import {usageError} from '../core/errors.ts';
import {parseInteger} from '../core/units.ts';
import {defaultSpec} from './default-spec.ts';
import {onOff, oneOf, parseTruth, single} from './define-single-key.ts';
import type {Key} from './key.ts';
import {formatIdmap, parseIdmap} from './parse/parse-idmap.ts';
import {formatLimits, parseLimits, type LimitWords} from './parse/parse-limits.ts';
import {parseHostname, parseName} from './parse/parse-name.ts';
import {parseSeccomp, seccompWords} from './parse/parse-seccomp.ts';
import {formatSecurity, parseSecurity} from './parse/parse-security.ts';
import {backendOfScheme, parseUri} from './parse/parse-uri.ts';
import {parseUser} from './parse/parse-user.ts';
import {parseGuestDirectory, parseHostPath} from './paths.ts';
import type {Kernel, SandboxSpec} from './types.ts';

function limit(name: string, word: keyof LimitWords, field: keyof SandboxSpec['limits'], placeholder: string, fallback: string, help: string): Key {
	return single({
		name,
		help,
		placeholder,
		fallback,
		get: (spec) => (spec.limits[field] === defaultSpec.limits[field] ? undefined : formatLimits(spec.limits)[word]),
		set: (spec, text) => ({...spec, limits: parseLimits({[word]: text}, spec.limits)}),
		unset: (spec) => ({...spec, limits: {...spec.limits, [field]: defaultSpec.limits[field]}}),
	});
}

function kernelPath(name: 'path' | 'modules', fallback: string, help: string): Key {
	return single({
		name: `kernel.${name}`,
		help,
		placeholder: 'PATH',
		values: {kind: 'host-path'},
		fallback,
		get: (spec) => spec.kernel[name],
		set: (spec, text, directory) => ({
			...spec,
			kernel: {...spec.kernel, [name]: parseHostPath(text, name === 'path' ? 'kernel' : 'module directory', directory)},
		}),
		unset: (spec) => ({...spec, kernel: {...spec.kernel, [name]: undefined}}),
	});
}

const backends = {container: "a container of libvirt's LXC driver", machine: 'a virtual machine of QEMU'} as const;
const lifetimes = {client: 'ends with this program', keep: 'runs on until stopped'} as const;
const accelerators: Readonly<Record<Kernel['accel'], string>> = {auto: 'KVM where it works, else emulation', kvm: 'KVM only', tcg: 'emulation only'};

function formatUser(spec: SandboxSpec): string | undefined {
	switch (spec.user.kind) {
		case 'caller':
			return undefined;
		case 'root':
			return 'root';
		case 'name':
			return spec.user.name;
	}
}

/** The keys with one value each. */
export const singleKeys: readonly Key[] = [
	single({
		name: 'name',
		help: 'what the sandbox is called',
		placeholder: 'NAME',
		fallback: 'a free sandbox-N',
		get: (spec) => spec.name,
		set: (spec, text) => ({...spec, name: parseName(text)}),
		unset: (spec) => ({...spec, name: undefined}),
	}),
	single({
		name: 'backend',
		help: 'what the sandbox is',
		placeholder: 'container|machine',
		values: {kind: 'choice', words: backends},
		fallback: 'what the connection hosts',
		get: (spec) => spec.backend,
		set: (spec, text) => ({...spec, backend: oneOf(backends, text, 'backend')}),
		unset: (spec) => ({...spec, backend: undefined}),
	}),
	single({
		name: 'uri',
		help: 'the libvirt connection that it runs on',
		placeholder: 'URI',
		values: {kind: 'uri'},
		fallback: "the session's connection",
		get: (spec) => spec.uri,
		set: (spec, text) => ({...spec, uri: parseUri(text).uri}),
		unset: (spec) => ({...spec, uri: undefined}),
	}),
	single({
		name: 'tty',
		help: 'the command gets a terminal',
		placeholder: 'on|off',
		values: onOff,
		fallback: 'off',
		get: (spec) => (spec.tty ? 'on' : undefined),
		set: (spec, text) => ({...spec, tty: parseTruth(text, 'tty')}),
		unset: (spec) => ({...spec, tty: false}),
	}),
	single({
		name: 'cwd',
		help: 'directory of the command, in the sandbox',
		placeholder: 'DIRECTORY',
		values: {kind: 'sandbox-path'},
		fallback: "the caller's, else HOME, else /",
		get: (spec) => spec.cwd,
		set: (spec, text, directory) => ({...spec, cwd: parseGuestDirectory(text, 'directory', directory)}),
		unset: (spec) => ({...spec, cwd: undefined}),
	}),
	single({
		name: 'user',
		help: 'whom the command runs as',
		placeholder: 'caller|root|USER',
		values: {kind: 'user'},
		fallback: 'caller',
		get: formatUser,
		set: (spec, text) => ({...spec, user: text === 'caller' ? {kind: text} : parseUser(text)}),
		unset: (spec) => ({...spec, user: {kind: 'caller'}}),
	}),
	single({
		name: 'root',
		help: "directory of the host that is the sandbox's root",
		placeholder: 'DIRECTORY',
		values: {kind: 'host-path'},
		fallback: '/',
		get: (spec) => (spec.root === defaultSpec.root ? undefined : spec.root),
		set: (spec, text, directory) => ({...spec, root: parseHostPath(text, 'root directory', directory)}),
		unset: (spec) => ({...spec, root: defaultSpec.root}),
	}),
	single({
		name: 'hostname',
		help: 'host name in the sandbox',
		placeholder: 'HOSTNAME',
		fallback: "the domain's name",
		get: (spec) => spec.hostname,
		set: (spec, text) => ({...spec, hostname: parseHostname(text)}),
		unset: (spec) => ({...spec, hostname: undefined}),
	}),
	single({
		name: 'idmap',
		help: 'ids of the host that those of the sandbox become, for root',
		placeholder: 'START:COUNT',
		fallback: "none: ids are the host's",
		get: (spec) => (spec.idmap === undefined ? undefined : formatIdmap(spec.idmap)),
		set: (spec, text) => ({...spec, idmap: parseIdmap(text)}),
		unset: (spec) => ({...spec, idmap: undefined}),
	}),
	limit('memory', 'memory', 'memoryKiB', 'SIZE', '512M', 'how much memory the sandbox may use'),
	limit('swap', 'swap', 'swapKiB', 'SIZE', 'as much as memory', 'swap beside the memory'),
	limit('vcpus', 'vcpus', 'vcpus', 'N', '1', 'number of CPUs'),
	limit('cpu-shares', 'cpuShares', 'cpuShares', 'N', "the kernel's 1024", 'weight among those that want a CPU'),
	limit('cpu-quota', 'cpuQuota', 'cpuQuotaPercent', 'PERCENT', 'no limit', 'most CPU time, in percent of one CPU'),
	limit('io-weight', 'ioWeight', 'ioWeight', 'N', "the kernel's", 'weight among those that want a disk'),
	limit('pids', 'pids', 'pids', 'N', '4096', 'most processes and threads of a container; 0: no limit'),
	limit('timeout', 'timeout', 'timeoutMs', 'SECONDS', 'none', 'time after which the sandbox is stopped'),
	single({
		name: 'security',
		help: 'how the sandbox is confined: its security label',
		placeholder: 'OPTIONS',
		values: {
			kind: 'choice',
			words: {
				dynamic: 'a label of its own, chosen by libvirt',
				'static,label=': 'a label that you name',
				inherit: 'the label of this program',
				none: 'no label',
			},
		},
		fallback: 'dynamic where the host has labels',
		get: (spec) => formatSecurity(spec.security),
		set: (spec, text) => ({...spec, security: parseSecurity(text)}),
		unset: (spec) => ({...spec, security: defaultSpec.security}),
	}),
	single({
		name: 'seccomp',
		help: 'which system calls the command may make',
		placeholder: 'default|off|FILE',
		values: {kind: 'choice-or-path', words: seccompWords},
		fallback: 'default',
		get: (spec) => (spec.seccomp === defaultSpec.seccomp ? undefined : spec.seccomp),
		set: (spec, text, directory) => ({...spec, seccomp: parseSeccomp(text, directory)}),
		unset: (spec) => ({...spec, seccomp: defaultSpec.seccomp}),
	}),
	single({
		name: 'kernel.version',
		aliases: ['kernel'],
		help: 'version of the kernel that a machine boots',
		placeholder: 'VERSION',
		values: {kind: 'kernel-version'},
		fallback: 'the running one',
		get: (spec) => spec.kernel.version,
		set(spec, text) {
			if (!/^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/.test(text)) {
				throw usageError(`'${text}' is no kernel version`, "Write it as 'uname -r' does, such as 6.12.48-amd64.");
			}
			return {...spec, kernel: {...spec.kernel, version: text}};
		},
		unset: (spec) => ({...spec, kernel: {...spec.kernel, version: undefined}}),
	}),
	kernelPath('path', '/boot/vmlinuz-VERSION', 'kernel image'),
	kernelPath('modules', '/lib/modules', 'directory of the modules'),
	single({
		name: 'accel',
		aliases: ['kernel.accel'],
		help: 'how a machine runs',
		placeholder: 'auto|kvm|tcg',
		values: {kind: 'choice', words: accelerators},
		fallback: 'auto',
		get: (spec) => (spec.kernel.accel === 'auto' ? undefined : spec.kernel.accel),
		set: (spec, text) => ({...spec, kernel: {...spec.kernel, accel: oneOf(accelerators, text, 'accelerator')}}),
		unset: (spec) => ({...spec, kernel: {...spec.kernel, accel: 'auto'}}),
	}),
	single({
		name: 'consoles',
		help: 'spare consoles for exec and console',
		placeholder: 'N',
		fallback: '4',
		get: (spec) => (spec.consoles.spare === defaultSpec.consoles.spare ? undefined : String(spec.consoles.spare)),
		set: (spec, text) => ({...spec, consoles: {...spec.consoles, spare: parseInteger(text, 'number of consoles', 0, 64)}}),
		unset: (spec) => ({...spec, consoles: {...spec.consoles, spare: defaultSpec.consoles.spare}}),
	}),
	single({
		name: 'shell',
		help: 'a root shell waits on a console of its own',
		placeholder: 'on|off',
		values: onOff,
		fallback: 'off',
		get: (spec) => (spec.consoles.shell ? 'on' : undefined),
		set: (spec, text) => ({...spec, consoles: {...spec.consoles, shell: parseTruth(text, 'shell')}}),
		unset: (spec) => ({...spec, consoles: {...spec.consoles, shell: false}}),
	}),
	single({
		name: 'lifetime',
		help: 'when the sandbox ends',
		placeholder: 'client|keep',
		values: {kind: 'choice', words: lifetimes},
		fallback: 'client',
		get: (spec) => (spec.lifetime === 'client' ? undefined : spec.lifetime),
		set: (spec, text) => ({...spec, lifetime: oneOf(lifetimes, text, 'lifetime')}),
		unset: (spec) => ({...spec, lifetime: 'client'}),
	}),
];

/** The URIs that libvirt always has, for completion. */
export const commonUris: readonly string[] = [...Object.keys(backendOfScheme).map((scheme) => `${scheme}:///system`), 'qemu:///session'];
