import type {SandboxSpec} from '../spec/types.ts';
import type {LaterVoice} from './session/capture/later-voice.ts';
import type {CapturedOptions, CapturedSandbox} from './start/start-captured.ts';
import type {Plan, Sandbox, StartOptions} from './types.ts';

/** What runs sandboxes of one kind. */
export interface Hypervisor {
	/** All checks of a start, and its XML; starts nothing, and leaves nothing behind. */
	plan(spec: SandboxSpec, uri: string, options: StartOptions): Promise<Plan>;
	start(spec: SandboxSpec, uri: string, options: StartOptions): Promise<Sandbox>;
	startCaptured(spec: SandboxSpec, uri: string, options: LateOptions): Promise<CapturedSandbox>;
	/** Becomes the owner of a kept sandbox whose keeper was killed; undefined: it cannot be done. */
	readonly takeOver?: (statePath: string, options: LateOptions) => Promise<CapturedSandbox>;
}

type LateOptions = CapturedOptions & {readonly voice: LaterVoice};
