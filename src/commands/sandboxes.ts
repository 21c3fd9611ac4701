import type {Output} from '../core/output.ts';
import type {SandboxSpec} from '../spec/types.ts';

/** One domain as list shows it. */
export interface DomainRow {
	readonly name: string;
	readonly id: string | undefined;
	/** libvirt's word: running, paused, shut off, … */
	readonly state: string;
	readonly uri: string;
	/** It carries our metadata. */
	readonly ours: boolean;
}

/** The running side, as commands need it. Wired to the backend by the program; every method rejects with a ShellError. */
export interface Sandboxes {
	list(options: {all: boolean; signal: AbortSignal}): Promise<readonly DomainRow[]>;
	/** The domain XML of a spec, without starting anything. */
	xml(spec: SandboxSpec): Promise<string>;
	run(spec: SandboxSpec, options: {signal: AbortSignal}): AsyncIterable<Output>;
	/** Ends what lives with this session. Called once, at the end. */
	close(): Promise<void>;
}
