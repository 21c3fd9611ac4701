import type {Change} from '../core/output.ts';
import {formatSizeKiB} from '../core/units.ts';
import {formatDisk} from './parse-disk.ts';
import {formatMount} from './parse-mount.ts';
import {formatNetwork} from './parse-network.ts';
import {formatSecurity} from './parse-security.ts';
import type {SandboxSpec, User} from './types.ts';

type Effect = Change['effect'];
/** A spec laid flat: what each path holds, in the order of the parts. */
type Facts = ReadonlyMap<string, string>;

/** What a running sandbox takes on at once, and what another sandbox is needed for; all else is for the next start. */
const effects: Readonly<Record<string, Effect>> = {
	name: 'new sandbox',
	backend: 'new sandbox',
	uri: 'new sandbox',
	lifetime: 'new sandbox',
	'limits.memory': 'live',
	'limits.cpuShares': 'live',
	'limits.cpuQuotaPercent': 'live',
	'limits.ioWeight': 'live',
};

export interface CompareOptions {
	/** False where one side has no values of the environment, as a spec read from a domain: then only the names count. */
	readonly environmentValues?: boolean | undefined;
}

/** The differences from one spec to another, part by part, and when each takes effect on a sandbox that runs by the first. */
export function compareSpecs(from: SandboxSpec, to: SandboxSpec, options: CompareOptions = {}): Change[] {
	const values = options.environmentValues !== false;
	const before = describeSpec(from, values);
	const after = describeSpec(to, values);
	const changes: Change[] = [];
	for (const path of new Set([...after.keys(), ...before.keys()])) {
		const old = before.get(path) ?? null;
		const fresh = after.get(path) ?? null;
		if (old !== fresh) {
			changes.push({path, from: old, to: fresh, effect: effects[path] ?? 'next start'});
		}
	}
	return changes;
}

/** Words as a person would type them. */
function quoteWords(words: readonly string[]): string {
	return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(' ');
}

function describeUser(user: User): string {
	return user.kind === 'name' ? user.name : user.kind === 'root' ? 'root (privileged)' : 'caller';
}

/** What formats refuse is compared by its raw value. */
function attempt(format: () => string, value: unknown): string {
	try {
		return format();
	} catch {
		return JSON.stringify(value);
	}
}

function describeSpec(spec: SandboxSpec, environmentValues: boolean): Facts {
	const facts = new Map<string, string>();
	const say = (path: string, value: string | number | boolean | undefined): void => {
		if (value !== undefined) {
			facts.set(path, String(value));
		}
	};
	say('name', spec.name);
	say('backend', spec.backend);
	say('uri', spec.uri);
	say('command', spec.command.length === 0 ? undefined : quoteWords(spec.command));
	say('tty', spec.tty);
	say('cwd', spec.cwd);
	for (const [name, value] of Object.entries(spec.environment)) {
		say(`environment.${name}`, environmentValues ? value : '(set)');
	}
	say('user', describeUser(spec.user));
	say('root', spec.root);
	say('hostname', spec.hostname);
	for (const mount of spec.mounts) {
		say(
			`mounts[${mount.target}]`,
			attempt(() => formatMount(mount), mount),
		);
	}
	for (const include of spec.includes) {
		say(`includes[${include.guest}]`, include.host);
	}
	for (const disk of spec.disks) {
		say(`disks[${disk.tag}]`, formatDisk(disk));
	}
	for (const [index, network] of spec.networks.entries()) {
		say(`networks[${index + 1}]`, formatNetwork(network));
	}
	say('security', formatSecurity(spec.security));
	const {limits, kernel, consoles} = spec;
	say('limits.memory', formatSizeKiB(limits.memoryKiB));
	say('limits.swap', limits.swapKiB === undefined ? undefined : formatSizeKiB(limits.swapKiB));
	say('limits.vcpus', limits.vcpus);
	say('limits.cpuShares', limits.cpuShares);
	say('limits.cpuQuotaPercent', limits.cpuQuotaPercent);
	say('limits.ioWeight', limits.ioWeight);
	say('limits.timeoutMs', limits.timeoutMs);
	say('kernel.version', kernel.version);
	say('kernel.path', kernel.path);
	say('kernel.modules', kernel.modules);
	say('kernel.accel', kernel.accel);
	say('consoles.spare', consoles.spare);
	say('consoles.shell', consoles.shell);
	say('lifetime', spec.lifetime);
	return facts;
}
