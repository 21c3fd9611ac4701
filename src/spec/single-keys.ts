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
		help: 'what the sandbox is called',
		placeholder: 'NAME',
		fallback: 'a free sandbox-N',
		parse: (text) => parseName(text),
	}),
	field('backend', {
		form: 'choice',
		help: 'what the sandbox is',
		placeholder: Object.keys(backendHelp).join('|'),
		values: {kind: 'choice', words: backendHelp},
		fallback: 'what the connection hosts',
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
		help: 'directory of the command, in the sandbox',
		placeholder: 'DIRECTORY',
		values: {kind: 'sandbox-path'},
		fallback: "the caller's, else HOME, else /",
		parse: (text, directory) => parseGuestDirectory(text, 'directory', directory),
	}),
	field('user', {
		options: [
			{name: 'privileged', word: 'root'},
			{name: 'switchto', refused: {caller: 'Leave -S out to run as the caller; a user of that name has an id, too.'}},
		],
		help: 'whom the command runs as',
		placeholder: 'caller|root|USER',
		values: {kind: 'user'},
		fallback: 'caller',
		parse: (text) => (text === 'caller' ? {kind: text} : parseUser(text)),
		format: formatUser,
	}),
	field('root', {
		help: "directory of the host that is the sandbox's root",
		placeholder: 'DIRECTORY',
		values: {kind: 'host-path'},
		fallback: '/',
		parse: (text, directory) => parseHostPath(text, 'root directory', directory),
	}),
	field('hostname', {
		help: 'host name in the sandbox',
		placeholder: 'HOSTNAME',
		fallback: "the domain's name",
		parse: parseHostname,
	}),
	field('idmap', {
		help: 'ids of the host that the ids of the sandbox are mapped to; root only',
		placeholder: 'START:COUNT',
		fallback: "none: ids are the host's",
		parse: parseIdmap,
		format: formatIdmap,
	}),
	...limitKeys,
	field('security', {
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
		parse: parseSecurity,
		format: formatSecurity,
	}),
	field('seccomp', {
		help: 'which system calls the command may make',
		placeholder: 'default|off|FILE',
		values: {kind: 'choice-or-path', words: seccompWords},
		fallback: 'default',
		parse: parseSeccomp,
	}),
	part(['kernel', 'version'], {
		name: 'kernel.version',
		options: [{name: 'kernver'}],
		aliases: ['kernel'],
		help: 'version of the kernel that a machine boots',
		placeholder: 'VERSION',
		values: {kind: 'kernel-version'},
		fallback: 'the running one',
		parse: parseKernelVersion,
	}),
	part(['kernel', 'path'], {
		name: 'kernel.path',
		options: [{name: 'kernpath'}],
		help: 'kernel image',
		placeholder: 'PATH',
		values: {kind: 'host-path'},
		fallback: '/boot/vmlinuz-VERSION',
		parse: (text, directory) => parseHostPath(text, 'kernel', directory),
	}),
	part(['kernel', 'modules'], {
		name: 'kernel.modules',
		options: [{name: 'kmodpath'}],
		help: 'directory of the modules',
		placeholder: 'PATH',
		values: {kind: 'host-path'},
		fallback: '/lib/modules',
		parse: (text, directory) => parseHostPath(text, 'module directory', directory),
	}),
	part(['kernel', 'accel'], {
		name: 'accel',
		form: 'choice',
		aliases: ['kernel.accel'],
		help: 'how a machine runs',
		placeholder: 'auto|kvm|tcg',
		values: {kind: 'choice', words: accelerators},
		fallback: 'auto',
		parse: (text) => oneOf(accelerators, text, 'accelerator'),
	}),
	part(['consoles', 'spare'], {
		name: 'consoles',
		form: 'integer',
		help: 'spare consoles for exec and console',
		placeholder: 'N',
		fallback: '4',
		parse: (text) => parseInteger(text, 'number of consoles', 0, 64),
	}),
	part(['consoles', 'shell'], {
		name: 'shell',
		options: [{name: 'shell', word: 'on'}],
		form: 'boolean',
		help: 'a root shell waits on a console of its own',
		placeholder: 'on|off',
		values: onOff,
		fallback: 'off',
		parse: (text) => parseTruth(text, 'shell'),
		format: writeTruth,
	}),
	field('lifetime', {
		options: [{name: 'keep', word: 'keep'}],
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
