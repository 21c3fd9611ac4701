import type {ControlChannel} from '../guest/control-channel.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import type {Caller, Session} from '../types.ts';
import type {ContainerPlan} from './container-plan.ts';
import type {Link} from './link.ts';

/** A container whose command has begun, as the process that owns it has it in hand. */
export interface RunningContainer {
	readonly plan: ContainerPlan;
	readonly caller: Caller;
	readonly state: StateDirectory;
	readonly name: string;
	readonly uuid: string;
	readonly uri: string;
	readonly link: Link;
	readonly control: ControlChannel;
	readonly session: Session;
	/** All output of the command is here, once it has ended. */
	readonly drained: Promise<void>;
	/** Earlier leftovers are put away over the same connection. */
	readonly tidied: Promise<void>;
	/** Gives host files the labels back that they had; after the domain's end. */
	readonly putBack: () => Promise<void>;
	/** Directories outside the state directory that go with it. */
	readonly temporary: readonly string[];
}
