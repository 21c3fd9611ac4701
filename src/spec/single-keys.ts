import {usageError} from '../core/errors.ts';
import {parseInteger} from '../core/units.ts';
import {backendHelp} from './backends.ts';
import {field, onOff, oneOf, parseTruth, part} from './define-single-key.ts';
import type {Key} from './key.ts';
import {limitKeys} from './limit-keys.ts';
import {formatIdmap, parseIdmap} from './parse/parse-idmap.ts';
import {parseHostname, parseName} from './parse/parse-name.ts';
import {parseSeccomp, seccompWords} from './parse/parse-seccomp.ts';
import {formatSecurity, parseSecurity} from './parse/parse-security.ts';
import {backendOfScheme, parseUri, requirePlainUri} from './parse/parse-uri.ts';
import {formatUser, parseUser} from './parse/parse-user.ts';
import {parseGuestDirectory, parseHostPath} from './paths.ts';
import type {Kernel} from './types.ts';

const lifetimes = {client: 'ends with this program', keep: 'runs on until stopped'} as const;
const accelerators: Readonly<Record<Kernel['accel'], string>> = {auto: 'KVM where it works, else emulation', kvm: 'KVM only', tcg: 'emulation only'};

function writeTruth(value: boolean): string {
	return value ? 'on' : 'off';
}

function parseKernelVersion(text: string): string {
	if (/^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/.test(text)) return text;
	throw usageError(`'${text}' is not a kernel version`, "Write it as 'uname -r' does, such as 6.12.48-amd64.");
}

/** The keys with one value each. */
export const singleKeys: readonly Key[] = [
	field('name', {
		options: [{name: 'name', short: 'n', group: 'Sandbox'}],
		help: 'name of the sandbox',
		placeholder: 'NAME',
		fallback: 'a free sandbox-N',
		parse: (text) => parseName(text),
	}),
	field('backend', {
		options: [{name: 'backend', group: 'Sandbox', value: 'KIND'}],
		form: 'choice',
		help: 'container, machine or xen',
		placeholder: Object.keys(backendHelp).join('|'),
		values: {kind: 'choice', words: backendHelp},
		fallback: 'what the connection offers',
		parse: (text) => oneOf(backendHelp, text, 'backend'),
	}),
	field('uri', {
		options: [],
		checkInProfile: requirePlainUri,
		help: 'the libvirt connection that it runs on',
		placeholder: 'URI',
		values: {kind: 'uri'},
		fallback: "the session's connection",
		parse: (text) => parseUri(text).uri,
	}),
	field('tty', {
		options: [],
		form: 'boolean',
		help: 'the command gets a terminal',
		placeholder: 'on|off',
		values: onOff,
		fallback: 'off',
		parse: (text) => parseTruth(text, 'tty'),
		format: writeTruth,
	}),
	field('cwd', {
		options: [{name: 'cwd', group: 'Command', value: 'DIR'}],
		help: 'directory of the command, in the sandbox',
		placeholder: 'DIRECTORY',
		values: {kind: 'sandbox-path'},
		fallback: "the caller's, else HOME, else /",
		parse: (text, directory) => parseGuestDirectory(text, 'directory', directory),
	}),
	field('user', {
		options: [
			{
				name: 'privileged',
				short: 'p',
				group: 'Command',
				help: 'run the command as root (default: as the user who calls)',
				excludes: ['switchto'],
				word: 'root',
			},
			{
				name: 'switchto',
				short: 'S',
				group: 'Command',
				value: 'USER',
				help: 'run the command as USER, a name or UID[:GID]',
				refused: {caller: 'Leave -S out to run as the caller; a user of that name has an id, too.'},
			},
		],
		help: 'whom the command runs as',
		placeholder: 'caller|root|USER',
		values: {kind: 'user'},
		fallback: 'caller',
		parse: (text) => (text === 'caller' ? {kind: text} : parseUser(text)),
		format: formatUser,
	}),
	field('root', {
		options: [{name: 'root', short: 'r', group: 'Sandbox', value: 'DIR'}],
		help: 'root directory of the sandbox, on the host',
		placeholder: 'DIRECTORY',
		values: {kind: 'host-path'},
		fallback: '/',
		parse: (text, directory) => parseHostPath(text, 'root directory', directory),
	}),
	field('hostname', {
		options: [{name: 'hostname', group: 'Sandbox', value: 'NAME'}],
		help: 'host name in the sandbox',
		placeholder: 'HOSTNAME',
		fallback: "the domain's name",
		parse: parseHostname,
	}),
	field('idmap', {
		options: 'Sandbox',
		help: "map its ids, root's too, to ids of the host from START on (container)",
		placeholder: 'START:COUNT',
		fallback: "the host's own ids",
		parse: parseIdmap,
		format: formatIdmap,
	}),
	...limitKeys,
	field('security', {
		options: [{name: 'security', short: 's', group: 'Network and security'}],
		help: 'security label: dynamic, static,label=…, inherit or none',
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
		parse: parseSecurity,
		format: formatSecurity,
	}),
	field('seccomp', {
		options: [{name: 'seccomp', group: 'Network and security', value: 'FILTER'}],
		help: "filter of system calls: default, off, or a file in the OCI runtime's form",
		placeholder: 'default|off|FILE',
		values: {kind: 'choice-or-path', words: seccompWords},
		fallback: 'default',
		parse: parseSeccomp,
	}),
	part(['kernel', 'version'], {
		name: 'kernel.version',
		options: [{name: 'kernver', group: 'Machine'}],
		aliases: ['kernel'],
		help: 'kernel version',
		placeholder: 'VERSION',
		values: {kind: 'kernel-version'},
		fallback: 'the running one, else the newest that will do',
		parse: parseKernelVersion,
	}),
	part(['kernel', 'path'], {
		name: 'kernel.path',
		options: [{name: 'kernpath', group: 'Machine', value: 'FILE'}],
		help: 'kernel image',
		placeholder: 'PATH',
		values: {kind: 'host-path'},
		fallback: '/boot/vmlinuz-VERSION',
		parse: (text, directory) => parseHostPath(text, 'kernel', directory),
	}),
	part(['kernel', 'modules'], {
		name: 'kernel.modules',
		options: [{name: 'kmodpath', group: 'Machine', value: 'DIR'}],
		help: 'directory of kernel modules',
		placeholder: 'PATH',
		values: {kind: 'host-path'},
		fallback: '/lib/modules',
		parse: (text, directory) => parseHostPath(text, 'module directory', directory),
	}),
	part(['kernel', 'accel'], {
		name: 'accel',
		form: 'choice',
		options: [{name: 'accel', group: 'Machine', value: 'KIND'}],
		aliases: ['kernel.accel'],
		help: 'kvm, tcg or auto',
		placeholder: 'auto|kvm|tcg',
		values: {kind: 'choice', words: accelerators},
		fallback: 'auto',
		parse: (text) => oneOf(accelerators, text, 'accelerator'),
	}),
	part(['consoles', 'spare'], {
		name: 'consoles',
		options: 'Sandbox',
		form: 'integer',
		help: 'spare consoles for --exec',
		placeholder: 'N',
		fallback: '4',
		parse: (text) => parseInteger(text, 'number of consoles', 0, 64),
	}),
	part(['consoles', 'shell'], {
		name: 'shell',
		options: [
			{
				name: 'shell',
				short: 'l',
				group: 'Command',
				help: 'a root shell on a second console; virt-sandbox-shell console NAME shell joins it',
				word: 'on',
			},
		],
		form: 'boolean',
		help: 'a root shell waits on a console of its own',
		placeholder: 'on|off',
		values: onOff,
		fallback: 'off',
		parse: (text) => parseTruth(text, 'shell'),
		format: writeTruth,
	}),
	field('lifetime', {
		options: [{name: 'keep', group: 'Sandbox', help: 'print its name and return 0 once it runs, and leave it running', word: 'keep'}],
		form: 'choice',
		help: 'when the sandbox ends',
		placeholder: 'client|keep',
		values: {kind: 'choice', words: lifetimes},
		fallback: 'client',
		parse: (text) => oneOf(lifetimes, text, 'lifetime'),
	}),
];

/** The URIs that libvirt always has, for completion. */
export const commonUris: readonly string[] = [...Object.keys(backendOfScheme).map((scheme) => `${scheme}:///system`), 'qemu:///session'];
