import {backends, type BackendName} from '../spec/backends.ts';
import type {SandboxSpec} from '../spec/types.ts';
import {ShellError} from '../core/errors.ts';
import {chooseDriver} from './domain/drivers.ts';
import {startRefusal} from './domain/start-refusal.ts';
import type {CleanOptions} from './clean-up/clean.ts';
import {container} from './container/container.ts';
import type {Hypervisor} from './hypervisor.ts';
import {machine} from './machine/machine.ts';
import {xen} from './xen/xen.ts';
import type {FoundSandbox} from './session/find-sandbox.ts';
import type {Cleaned} from './clean-up/leftovers.ts';
import type {CapturedOptions, CapturedSandbox} from './start/start-captured.ts';
import type {KeptSandbox} from './keep/start-kept.ts';
import type {Plan, Sandbox, StartOptions} from './types.ts';

const hypervisors: Readonly<Record<BackendName, Hypervisor>> = {container, machine, xen};

/**
 * All checks of a start, and its XML; nothing is started and nothing left behind. On another host nothing can be started: with
 * `remote: 'warn'` the XML is given all the same, with that as a notice.
 */
export async function planSandbox(spec: SandboxSpec, options: StartOptions, {remote = 'refuse'}: {readonly remote?: 'refuse' | 'warn'} = {}): Promise<Plan> {
	const {hypervisor, uri} = choose(spec);
	const refusal = startRefusal(uri, spec);
	if (refusal !== undefined && remote === 'refuse') throw refusal;
	const {whileRootStays} = await import('./start/while-root-stays.ts');
	const plan = await whileRootStays(options.signal, () => hypervisor.plan(spec, uri, options));
	return refusal === undefined ? plan : {...plan, notices: [...plan.notices, {level: 'warning', code: 'remote', message: refusal.message}]};
}

/** Starts a sandbox and its command; resolves once the command's streams are joined. Rejects with a ShellError, or the reason of the signal. */
export async function startSandbox(spec: SandboxSpec, options: StartOptions): Promise<Sandbox> {
	options.signal?.throwIfAborted();
	const {hypervisor, uri} = chooseLocally(spec);
	return hypervisor.start(spec, uri, options);
}

/** Removes what sandboxes left whose owner is gone: domains, state directories, temporary directories. Tells what became of each. */
export async function cleanLeftovers(options: CleanOptions): Promise<readonly Cleaned[]> {
	const clean = await import('./clean-up/clean.ts');
	return clean.cleanLeftovers(options);
}

/** Starts a sandbox in the background of this process: captured, reached by its control socket, ended with this process. */
export async function startCapturedSandbox(spec: SandboxSpec, options: CapturedOptions): Promise<CapturedSandbox> {
	options.signal?.throwIfAborted();
	const {hypervisor, uri} = chooseLocally(spec);
	const {createLaterVoice} = await import('./session/capture/later-voice.ts');
	return hypervisor.startCaptured(spec, uri, {...options, voice: createLaterVoice(options.voice)});
}

/** Starts a sandbox that outlives this process. `keeper`: the words that run a program which calls runKeeper and exits with what it gives. */
export async function startKeptSandbox(spec: SandboxSpec, options: StartOptions, keeper: readonly string[]): Promise<KeptSandbox> {
	options.signal?.throwIfAborted();
	const {uri} = chooseLocally(spec);
	const {startKept} = await import('./keep/start-kept.ts');
	return startKept(spec, uri, options, keeper);
}

/** Takes over a sandbox whose keeper was killed, as the keeper of it that this process is from now on. */
export async function takeOverSandbox(statePath: string, uri: string, options: StartOptions): Promise<CapturedSandbox> {
	const {createLaterVoice} = await import('./session/capture/later-voice.ts');
	const {name} = chooseDriver(undefined, uri);
	const {takeOver} = hypervisors[name];
	if (takeOver === undefined) throw new ShellError('unavailable', `Nobody else can keep a ${backends[name].noun} whose keeper was killed`);
	return takeOver(statePath, {...options, voice: createLaterVoice(options.voice)});
}

/** Has a new keeper take over a sandbox whose own was killed; leaves all others as they are, and those of which it cannot be done. */
export async function replaceLostKeeper(found: FoundSandbox, options: StartOptions, keeper: readonly string[]): Promise<void> {
	const {isOwned, record} = found;
	if (isOwned || record.lifetime !== 'keep' || hypervisors[chooseDriver(undefined, record.uri).name].takeOver === undefined) return;
	const {replaceKeeper} = await import('./keep/start-kept.ts');
	await replaceKeeper(found, options, keeper);
}

/** For a start, which needs this host. */
function chooseLocally(spec: SandboxSpec): ReturnType<typeof choose> {
	const chosen = choose(spec);
	const refusal = startRefusal(chosen.uri, spec);
	if (refusal !== undefined) throw refusal;
	return chosen;
}

function choose(spec: SandboxSpec): {readonly hypervisor: Hypervisor; readonly uri: string} {
	const uri = spec.uri ?? 'lxc:///system';
	const driver = chooseDriver(spec.backend, uri);
	const [refusal] = driver.findRefusals(spec);
	if (refusal !== undefined) throw refusal;
	return {hypervisor: hypervisors[driver.name], uri};
}
