import type {Writable} from 'node:stream';
import type {ReadStream, WriteStream} from 'node:tty';
import type {Command} from '../commands/command.ts';
import type {GuestTerminal, Host} from '../commands/context.ts';
import type {Sandboxes} from '../commands/sandboxes.ts';
import type {Session} from '../commands/session.ts';
import type {Sink} from '../shell/run-script.ts';
import type {Interaction} from '../shell/shell.ts';
import type {ByteWriter} from '../shell/stream-sink.ts';

export interface ScreenOptions {
	readonly input: ReadStream;
	readonly output: WriteStream;
	readonly colour: boolean;
	/** Lends the whole terminal to a guest. */
	readonly lent: GuestTerminal;
	/** The byte of the key that leaves a console; undefined: none does. */
	readonly escapeByte: number | undefined;
	/** Stops this process (^Z); resolves when it goes on. */
	readonly stop: () => Promise<void>;
	/** The person's configuration, as it was read, and the name of its file. */
	readonly configuration?: {readonly value: unknown; readonly file: string} | undefined;
	/** Lines of the transcript that stay on the terminal after the end. */
	readonly keptAfter?: number;
}

/** What commands that only a screen has work on. */
export interface ScreenTools {
	readonly sandboxes: Sandboxes;
	readonly session: Session;
	readonly host: Pick<Host, 'readFile' | 'writeFile' | 'listDirectory' | 'ownDirectory' | 'environment'>;
}

/** What a session needs to run on the screen. */
export interface ScreenSession extends Interaction {
	readonly sandboxes: Sandboxes;
	readonly banner: string | undefined;
	/** The panes of the last session, as `onLayout` got them. */
	readonly layout?: string | undefined;
	/** Told of the panes at the end, as text. */
	readonly onLayout?: ((text: string) => void) | undefined;
	/** Told that the terminal has gone, which ends the session too. */
	readonly onGone: () => void;
}

/** The screen on a terminal. */
export interface Screen {
	readonly stdout: ByteWriter;
	readonly stderr: ByteWriter;
	/** A renderer that shows progress in the status line too. */
	watch(sink: Sink): Sink;
	/** Commands that only a screen has; called once, before `run`. */
	commands(tools: ScreenTools): readonly Command[];
	/** Cells that a line of output has. */
	width(): number;
	/** For guests: the whole screen. */
	readonly terminal: GuestTerminal;
	/** For a guest beside the prompt: a pane. */
	readonly paneFor: (sandbox: string) => GuestTerminal;
	ask(question: string): Promise<boolean>;
	/** Gives the lines that are typed to a command. */
	feed(stdin: Writable): {stop(): void};
	/** Draws until the session ends; gives the status of its last command. Rejects with a fault of the screen, the terminal as it was. */
	run(session: ScreenSession): Promise<number>;
	/** SIGINT: what its ^C does. */
	interrupt(): void;
	/** SIGCONT: takes the terminal once more. */
	renew(): void;
	/** Gives the terminal back at once, as it was: something went wrong. */
	restore(): void;
}
