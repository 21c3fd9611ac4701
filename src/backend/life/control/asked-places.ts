import type {RealPlaces} from '../../guest/caller-places.ts';
import {futurePath} from '../../host/real-path.ts';
import type {Caller} from '../../types.ts';

/** Where the caller's PATH and HOME lead: in a sandbox their links may lead to what that has made there. */
export function realPlaces({PATH, HOME}: Caller['environment']): RealPlaces {
	const real = (path: string): string => (path.startsWith('/') ? futurePath(path) : path);
	return {programs: PATH?.split(':').map(real) ?? [], home: HOME === undefined ? undefined : real(HOME)};
}
