import {futurePath} from '../../host/real-path.ts';
import type {Caller} from '../../types.ts';

/** An environment whose places are named by no link: in a sandbox it would lead to what that has made there. */
export function withoutLinks({PATH, HOME, ...others}: Caller['environment']): Caller['environment'] {
	const real = (path: string): string => (path.startsWith('/') ? futurePath(path) : path);
	return {
		...others,
		...(PATH !== undefined && {PATH: PATH.split(':').map(real).join(':')}),
		...(HOME !== undefined && {HOME: real(HOME)}),
	};
}
