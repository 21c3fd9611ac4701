import {ShellError} from '../core/errors.ts';
import {didYouMean} from '../core/nearest-word.ts';
import {defaultSpec} from '../spec/default-spec.ts';
import {applyProfile, checkProfileName} from '../spec/profile.ts';
import type {SandboxSpec} from '../spec/types.ts';
import {systemReason} from '../core/system-reason.ts';
import type {Host} from './context.ts';
import {shippedProfiles} from './shipped-profiles.ts';

interface ProfileEntry {
	readonly name: string;
	readonly origin: 'user' | 'system' | 'shipped';
	/** Undefined: shipped with the program. */
	readonly path: string | undefined;
}

interface StoredProfile extends ProfileEntry {
	readonly text: string;
}

const systemDirectory = '/etc/virt-sandbox/profiles';

/** Where the person's own profiles are. */
function userDirectory(host: Host): string {
	return host.ownDirectory('config', 'profiles');
}

/** All profiles by name; the person's own hide those of the system, and both hide the shipped ones. */
export async function listProfiles(host: Host): Promise<readonly ProfileEntry[]> {
	const found = new Map<string, ProfileEntry>();
	for (const [origin, directory] of [
		['user', userDirectory(host)],
		['system', systemDirectory],
	] as const) {
		for (const file of await host.listDirectory(directory)) {
			const name = file.replace(/\.json$/, '');
			if (file !== name && !found.has(name)) {
				found.set(name, {name, origin, path: `${directory}/${file}`});
			}
		}
	}
	for (const name of Object.keys(shippedProfiles)) {
		if (!found.has(name)) {
			found.set(name, {name, origin: 'shipped', path: undefined});
		}
	}
	return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The file of a profile; throws not-found with the nearest name. */
export async function readStoredProfile(name: string, host: Host): Promise<StoredProfile> {
	const entries = await listProfiles(host);
	const entry = entries.find((each) => each.name === name);
	if (entry === undefined) {
		const names = entries.map((each) => each.name);
		throw new ShellError('not-found', `No profile is named '${name}'`, {hint: didYouMean(name, names) ?? `There are: ${names.join(', ')}.`});
	}
	if (entry.path === undefined) {
		return {...entry, text: shippedProfiles[name] ?? ''};
	}
	try {
		return {...entry, text: new TextDecoder().decode(await host.readFile(entry.path))};
	} catch (error) {
		throw new ShellError('failed', `The profile '${name}' cannot be read: ${systemReason(error)}`, {hint: `It is ${entry.path}.`, cause: error});
	}
}

/** A profile with all it includes, over the default spec. */
export async function loadProfile(name: string, host: Host): Promise<{spec: SandboxSpec}> {
	return {spec: await applyWithIncludes(defaultSpec, name, {host, stack: [], applied: {count: 0}})};
}

/** More profiles than anybody writes: each may include another twice, and that one again. */
const mostApplied = 200;

interface Including {
	readonly host: Host;
	readonly stack: readonly string[];
	readonly applied: {count: number};
}

async function applyWithIncludes(spec: SandboxSpec, name: string, {host, stack, applied}: Including): Promise<SandboxSpec> {
	if (stack.includes(name)) {
		throw new ShellError('failed', `The profile '${name}' includes itself: ${[...stack, name].join(' → ')}`, {hint: 'Take one of the includes out.'});
	}
	if (++applied.count > mostApplied) {
		throw new ShellError('failed', `The profile '${stack[0] ?? name}' includes more than ${mostApplied} others`, {
			hint: 'Each counts as often as it is included: take includes out.',
		});
	}
	const {text} = await readStoredProfile(name, host);
	const {parseProfile} = await import('../spec/profile-text.ts');
	const what = `The profile '${name}'`;
	const profile = parseProfile(text, what);
	let included = spec;
	for (const other of profile.include) {
		included = await applyWithIncludes(included, other, {host, stack: [...stack, name], applied});
	}
	return applyProfile(included, profile, what);
}

/** Writes a definition as the person's own profile; the comments of an earlier file stay. Gives its path. */
export async function saveProfile(name: string, spec: SandboxSpec, host: Host): Promise<string> {
	const path = `${userDirectory(host)}/${checkProfileName(name)}.json`;
	const {parseProfile, writeProfile} = await import('../spec/profile-text.ts');
	const earlier = (await host.listDirectory(userDirectory(host))).includes(`${name}.json`) ? new TextDecoder().decode(await host.readFile(path)) : undefined;
	if (earlier !== undefined) {
		parseProfile(earlier, `The profile '${name}'`);
	}
	try {
		await host.writeFile(path, writeProfile(spec, earlier), 0o600);
	} catch (error) {
		throw new ShellError('failed', `The profile '${name}' cannot be written: ${systemReason(error)}`, {hint: `It would be ${path}.`, cause: error});
	}
	return path;
}
