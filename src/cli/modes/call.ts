import type {Caller} from '../../backend/host/caller.ts';
import type {ProgramVoice} from '../run/virt-sandbox-voice.ts';
import type {SignalInbox} from '../terminal/signal-inbox.ts';
import type {OptionName} from '../virt-sandbox-options.ts';
import type {CommandLine} from '../virt-sandbox-parse.ts';

/** One call of virt-sandbox, as each of its modes takes it. */
export interface Call {
	readonly line: CommandLine;
	readonly caller: Caller;
	/** The connection that was named. */
	readonly connect: string | undefined;
	readonly json: boolean;
	readonly voice: ProgramVoice;
	readonly signals: SignalInbox;
	readonly trace: ((text: string) => void) | undefined;
	/** Whether the guest has made the terminal raw. */
	onRaw(isRaw: boolean): void;
}

/** Does what the words ask for; gives the exit status. */
export type Mode = (call: Call) => Promise<number>;

export function has({line}: Pick<Call, 'line'>, name: OptionName): boolean {
	return line.options.has(name);
}

/** The value of an option that is given once at most. */
export function valueOf({line}: Pick<Call, 'line'>, name: OptionName): string | undefined {
	return line.options.get(name)?.[0];
}
