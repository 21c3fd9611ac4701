import type {Host} from './context.ts';

export interface ProfileEntry {
	readonly name: string;
	readonly origin: string;
}

export async function listProfiles(_host: Host): Promise<readonly ProfileEntry[]> {
	return [];
}
