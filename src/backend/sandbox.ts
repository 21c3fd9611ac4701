import type {BackendName, SandboxSpec} from '../spec/types.ts';
import {ShellError} from '../core/errors.ts';
import {chooseDriver} from './domain/drivers.ts';
import {startRefusal} from './domain/start-refusal.ts';
import {imaginaryState, stateBase} from './guest/state/state-directory.ts';
import {isLocalUri} from './host/libvirtd/local-uri.ts';
import {identifyProcess} from './host/process-identity.ts';
import {randomUuid} from './host/random.ts';
import type {CleanOptions} from './clean-up/clean.ts';
import type {FoundSandbox} from './session/find-sandbox.ts';
import type {LaterVoice} from './session/capture/later-voice.ts';
import type {Cleaned} from './clean-up/leftovers.ts';
import type {CapturedOptions, CapturedSandbox} from './start/start-captured.ts';
import type {KeptSandbox} from './keep/start-kept.ts';
import type {Plan, Sandbox, StartOptions} from './types.ts';

/** The life of sandboxes on one kind of hypervisor. */
interface Life {
	plan(spec: SandboxSpec, uri: string, options: StartOptions): Promise<Plan>;
	start(spec: SandboxSpec, uri: string, options: StartOptions): Promise<Sandbox>;
	startCaptured(spec: SandboxSpec, uri: string, options: LateOptions): Promise<CapturedSandbox>;
	/** Becomes the owner of one that is kept and whose keeper was killed; undefined: it cannot be done. */
	readonly takeOver?: (statePath: string, options: LateOptions) => Promise<CapturedSandbox>;
}

type LateOptions = CapturedOptions & {readonly voice: LaterVoice};

const lives: Readonly<Partial<Record<BackendName, Life>>> = {
	container: {
		async plan(spec, uri, options) {
			const {caller, host} = options;
			const {planLabels} = await import('./labels/plan-labels.ts');
			const {makeContainerDocument} = await import('./container/container-document.ts');
			const {layMounts} = await import('./container/container-mounts.ts');
			const {planContainer} = await import('./container/container-plan.ts');
			const {temporaryPaths} = await import('./start/temporary-directories.ts');
			const {writeXml} = await import('./xml/write-xml.ts');
			const plan = await planContainer(spec, uri, {caller, host});
			const {labels, notices} = await planLabels(spec, uri, {
				...options,
				placeOf: plan.placeOf,
				domainType: 'lxc',
				isLocal: isLocalUri(uri),
				host: host?.labels(),
			});
			const state = imaginaryState(stateBase(caller));
			const owner = host?.self() ?? identifyProcess('self') ?? {pid: caller.pid, startTime: '0'};
			const mounts = layMounts(plan, state, temporaryPaths(plan, state.id));
			const document = makeContainerDocument(plan, state, {
				name: spec.name ?? 'sandbox-1',
				uuid: randomUuid(),
				owner,
				mounts,
				seclabels: labels.seclabels,
			});
			return {spec, uri, xml: writeXml(document), document, notices: [...plan.notices, ...notices]};
		},
		async start(spec, uri, options) {
			const {startContainer} = await import('./container/start-container.ts');
			return startContainer(spec, uri, options);
		},
		async startCaptured(spec, uri, options) {
			const [{beginContainer}, {endContainer}, {captureStarted}] = await Promise.all([
				import('./container/start-container.ts'),
				import('./container/end-container.ts'),
				import('./start/start-captured.ts'),
			]);
			const container = await beginContainer(spec, uri, {...options, sinks: undefined});
			if (spec.lifetime === 'keep') {
				const {writeGround} = await import('./keep/ground.ts');
				writeGround(container, options.voice);
			}
			return captureStarted(container, endContainer, options);
		},
		async takeOver(statePath, options) {
			const [{takeOverContainer}, {endContainer}, {captureStarted}] = await Promise.all([
				import('./keep/take-over.ts'),
				import('./container/end-container.ts'),
				import('./start/start-captured.ts'),
			]);
			const {container, begunMs} = await takeOverContainer(statePath, options);
			return captureStarted(container, endContainer, {...options, begunMs});
		},
	},
	machine: {
		async plan(spec, uri, options) {
			const {planStart} = await import('./machine/machine-plan-start.ts');
			return planStart(spec, uri, options);
		},
		async start(spec, uri, options) {
			const {startMachine} = await import('./machine/machine-start.ts');
			return startMachine(spec, uri, options);
		},
		async startCaptured(spec, uri, options) {
			const [{beginMachine}, {endMachine}, {captureStarted}] = await Promise.all([
				import('./machine/machine-start.ts'),
				import('./machine/machine-end.ts'),
				import('./start/start-captured.ts'),
			]);
			const machine = await beginMachine(spec, uri, {...options, sinks: undefined});
			return captureStarted(machine, endMachine, options);
		},
	},
};

/**
 * All checks of a start, and its XML; nothing is started and nothing left behind. On another host nothing can be started: with
 * `remote: 'warn'` the XML is given all the same, with that as a notice.
 */
export async function planSandbox(spec: SandboxSpec, options: StartOptions, {remote = 'refuse'}: {readonly remote?: 'refuse' | 'warn'} = {}): Promise<Plan> {
	const {life, uri} = chooseLife(spec);
	const refusal = startRefusal(uri, spec);
	if (refusal !== undefined && remote === 'refuse') throw refusal;
	const {whileRootStays} = await import('./start/while-root-stays.ts');
	const plan = await whileRootStays(options.signal, () => life.plan(spec, uri, options));
	return refusal === undefined ? plan : {...plan, notices: [...plan.notices, {level: 'warning', code: 'remote', message: refusal.message}]};
}

/** Starts a sandbox and its command; resolves once the command's streams are joined. Rejects with a ShellError, or the reason of the signal. */
export async function startSandbox(spec: SandboxSpec, options: StartOptions): Promise<Sandbox> {
	options.signal?.throwIfAborted();
	const {life, uri} = chooseLocalLife(spec);
	return life.start(spec, uri, options);
}

/** Removes what sandboxes left whose owner is gone: domains, state directories, temporary directories. Tells what became of each. */
export async function cleanLeftovers(options: CleanOptions): Promise<readonly Cleaned[]> {
	const clean = await import('./clean-up/clean.ts');
	return clean.cleanLeftovers(options);
}

/** Starts a sandbox in the background of this process: captured, reached by its control socket, ended with this process. */
export async function startCapturedSandbox(spec: SandboxSpec, options: CapturedOptions): Promise<CapturedSandbox> {
	options.signal?.throwIfAborted();
	const {life, uri} = chooseLocalLife(spec);
	const {createLaterVoice} = await import('./session/capture/later-voice.ts');
	return life.startCaptured(spec, uri, {...options, voice: createLaterVoice(options.voice)});
}

/** Starts a sandbox that outlives this process. `keeper`: the words that run a program which calls runKeeper and exits with what it gives. */
export async function startKeptSandbox(spec: SandboxSpec, options: StartOptions, keeper: readonly string[]): Promise<KeptSandbox> {
	options.signal?.throwIfAborted();
	const {uri} = chooseLocalLife(spec);
	const {startKept} = await import('./keep/start-kept.ts');
	return startKept(spec, uri, options, keeper);
}

/** Takes over a sandbox whose keeper was killed, as the keeper of it that this process is from now on. */
export async function takeOverSandbox(statePath: string, uri: string, options: StartOptions): Promise<CapturedSandbox> {
	const {createLaterVoice} = await import('./session/capture/later-voice.ts');
	const {name} = chooseDriver(undefined, uri);
	const takeOver = lives[name]?.takeOver;
	if (takeOver === undefined) throw new ShellError('unavailable', `Nobody else can keep a ${name} whose keeper was killed`);
	return takeOver(statePath, {...options, voice: createLaterVoice(options.voice)});
}

/** Has a new keeper take over a sandbox whose own was killed; leaves all others as they are, and those of which it cannot be done. */
export async function replaceLostKeeper(found: FoundSandbox, options: StartOptions, keeper: readonly string[]): Promise<void> {
	const {isOwned, record} = found;
	if (isOwned || record.lifetime !== 'keep' || lives[chooseDriver(undefined, record.uri).name]?.takeOver === undefined) return;
	const {replaceKeeper} = await import('./keep/replace-keeper.ts');
	await replaceKeeper(found, options, keeper);
}

/** For a start, which needs this host. */
function chooseLocalLife(spec: SandboxSpec): ReturnType<typeof chooseLife> {
	const chosen = chooseLife(spec);
	const refusal = startRefusal(chosen.uri, spec);
	if (refusal !== undefined) throw refusal;
	return chosen;
}

function chooseLife(spec: SandboxSpec): {readonly life: Life; readonly uri: string} {
	const uri = spec.uri ?? 'lxc:///system';
	const driver = chooseDriver(spec.backend, uri);
	const [refusal] = driver.findRefusals(spec);
	if (refusal !== undefined) throw refusal;
	const life = lives[driver.name];
	if (life === undefined) throw new ShellError('unavailable', `A ${driver.name} cannot be started yet`);
	return {life, uri};
}
