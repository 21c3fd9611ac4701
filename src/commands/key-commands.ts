import {defaultSpec} from '../spec/default-spec.ts';
import type {Key} from '../spec/key.ts';
import {findKey} from '../spec/keys.ts';
import {limitKeys} from '../spec/limit-keys.ts';
import type {SandboxSpec} from '../spec/types.ts';
import {defineCommand, option, optional, type Command} from './command.ts';
import type {CommandContext} from './context.ts';
import {checkArgument, editDefinition} from './edit-definition.ts';
import {valuesOf} from './key-kinds.ts';
import {text} from './kinds.ts';

type Described = Pick<Command, 'name' | 'summary' | 'examples'> & {readonly description: string};

/** Reads a value that is given for a key; a usage error names its parameter. */
function checkValue(key: Key, param: string, value: string | undefined): void {
	if (value !== undefined && value !== 'default') checkArgument(param, () => key.set(defaultSpec, [value], '/'));
}

/** Sets a key to what is given for it; `default` unsets it. */
function withValue(spec: SandboxSpec, key: Key, value: string | undefined, {host}: CommandContext): SandboxSpec {
	return value === undefined ? spec : value === 'default' ? key.unset(spec) : key.set(spec, [value], host.directory());
}

/** An option that sets a key. */
function keyOption(key: Key) {
	return option(
		text(key.placeholder, (prefix, context) => valuesOf(key, prefix, context)),
		`${key.help} (default: ${key.fallback})`,
	);
}

/** A command whose options set keys, each the one of its name here, or that shows them all where none is given. */
function keysCommand(keys: Readonly<Record<string, Key>>, described: Described) {
	const {name} = described;
	const entries = Object.entries(keys);
	return defineCommand({
		...described,
		group: 'parts',
		params: Object.fromEntries(entries.map(([param, key]) => [param, keyOption(key)])),
		check(given) {
			for (const [param, key] of entries) checkValue(key, param, given[param]);
		},
		async *run(given, context) {
			if (entries.every(([param]) => given[param] === undefined)) {
				const {spec} = context.session.definition();
				const rows = entries.map(([param, key]) => ({[name]: param, value: key.get(spec)?.[0] ?? null, default: key.fallback}));
				yield {kind: 'table', columns: [{name}, {name: 'value'}, {name: 'default'}], rows};
				return;
			}
			yield* editDefinition(context, (spec) => entries.reduce((changed, [param, key]) => withValue(changed, key, given[param], context), spec));
		},
	});
}

export const limit = keysCommand(Object.fromEntries(limitKeys.map((key) => [key.name, key])), {
	name: 'limit',
	summary: 'Limit memory, CPUs, disk, processes, time, or show them',
	description: "Sizes take K, M, G or T and are bytes without one. The value 'default' takes a limit back.",
	examples: [
		['new web; limit --memory 256M --vcpus 2', 'sets two limits'],
		['new web; limit --cpu-quota 50 --timeout 60', 'half a CPU, for a minute at most'],
		['new web; limit --pids 100', 'at most a hundred processes'],
		['new web; limit', 'shows all limits'],
	],
});

const kernelKeys = {version: findKey('kernel.version'), path: findKey('kernel.path'), modules: findKey('kernel.modules'), accel: findKey('accel')};

export const kernel = keysCommand(kernelKeys, {
	name: 'kernel',
	summary: 'Choose the kernel of a machine, or show the choice',
	description: "For the backend machine only. The value 'default' takes a choice back.",
	examples: [
		['new vm --backend machine; kernel --version 6.12.48-amd64', 'boots this kernel'],
		['new vm --backend machine; kernel --accel tcg', 'emulates the CPU'],
		['new vm; kernel', 'shows the choice'],
	],
});

/** A command that sets the key of its name, or shows it where no value is given. */
function keyCommand(described: Described) {
	const key = findKey(described.name);
	const kind = text(key.placeholder, async (prefix, context) => [...(await valuesOf(key, prefix, context)), {text: 'default', description: key.fallback}]);
	return defineCommand({
		...described,
		group: 'parts',
		description: `${described.description} 'default' takes the choice back.`,
		params: {value: optional(kind, 'the choice; left out: shows it')},
		check: ({value}) => checkValue(key, 'value', value),
		async *run({value}, context) {
			if (value === undefined) {
				const {spec} = context.session.definition();
				yield {kind: 'record', type: key.name, fields: {[key.name]: key.get(spec)?.[0] ?? null, default: key.fallback}};
				return;
			}
			yield* editDefinition(context, (spec) => withValue(spec, key, value, context));
		},
	});
}

export const security = keyCommand({
	name: 'security',
	summary: 'Choose the security label, or show the choice',
	description: 'OPTIONS: dynamic, static, inherit or none; then model=selinux|apparmor|dac, relabel=yes|no, and last label=LABEL, which may hold commas.',
	examples: [
		['new web; security dynamic', 'a label of its own, chosen by libvirt'],
		['new web; security static,relabel=no,label=system_u:system_r:svirt_lxc_net_t:s0:c1,c2', 'this label'],
		['new web; security', 'shows the choice'],
	],
});

export const backend = keyCommand({
	name: 'backend',
	summary: 'Choose container, machine or xen, or show the choice',
	description:
		"A container shares the host's kernel, through libvirt's LXC driver; a machine boots one of its own in QEMU. Of a guest of Xen only the XML is made.",
	examples: [
		['new web; backend machine', 'web is a virtual machine'],
		['new web; backend default', 'what the connection hosts'],
	],
});

export const user = keyCommand({
	name: 'user',
	summary: 'Choose whom the command runs as, or show the choice',
	description: 'caller is who started this program; root stays root in the sandbox; else a name, a number or UID:GID.',
	examples: [
		['new web; user nobody', 'the command runs as nobody'],
		['new web; user 1000:1000', 'the command runs with these ids'],
	],
});
