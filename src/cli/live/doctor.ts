import type {Caller} from '../../backend/types.ts';
import type {Finding} from '../../commands/sandboxes.ts';
import type {Connections} from './connections.ts';

export interface DiagnoseOptions {
	readonly caller: Caller;
	readonly connections: Connections;
	readonly uri: string | undefined;
	readonly signal: AbortSignal;
}

/** Looks at everything a sandbox needs of this host. Starts nothing. */
export async function* diagnose(_options: DiagnoseOptions): AsyncGenerator<Finding> {}
