import type {Sandbox, StartOptions} from '../../backend/types.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import type {SignalInbox} from '../terminal/signal-inbox.ts';
import type {ProgramVoice} from './virt-sandbox-voice.ts';

/** How one command is run. */
export interface RunSettings {
	readonly json: boolean;
	readonly timing: boolean;
	/** The command is a further one of a sandbox that runs: its time limit counts from the asking, since what runs there can hold it up. */
	readonly isFurther: boolean;
	/** The byte of the escape key; undefined: none. */
	readonly escape: number | undefined;
	readonly voice: ProgramVoice;
	readonly signals: SignalInbox;
	/** Milliseconds since the program was called. */
	elapsed(): number;
	/** Told when this process's terminal belongs to the guest, and when no longer. */
	onTerminal(taken: boolean): void;
	start(spec: SandboxSpec, options: Pick<StartOptions, 'signal' | 'sinks' | 'input' | 'isOneOutput' | 'onPlanned'>): Promise<Sandbox>;
}
