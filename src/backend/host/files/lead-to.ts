import {dirname, join} from 'node:path';
import {once} from '../../../core/once.ts';
import {readMountTable} from '../mounts/mount-table.ts';
import {findWaiting, keepsOff} from '../mounts/waiting-mounts.ts';
import {mostLinks, readlinkWithin} from './root-directory.ts';

/** Names on a way, those of links too: each is looked for from the root on. */
const mostNames = 128;

/**
 * Says where the paths of a root lead, as far as nobody is asked who may keep this process waiting; what lies behind such a place keeps its
 * name, as does what is not there. Undefined: the way is too long for anybody's home or program. `base`: the root's path on the host; '' is the host's own.
 */
export function leadersOf(base: string): (path: string) => string | undefined {
	const mayEnter = once(() => keepsOff(findWaiting(readMountTable(), 0)));
	return (path) => {
		const rest = path.split('/').toReversed();
		let at = '/';
		for (let links = 0, names = 0; rest.length > 0;) {
			const name = rest.pop() ?? '';
			if (name === '..') at = dirname(at);
			if (name === '' || name === '.' || name === '..') continue;
			if (++names > mostNames) return undefined;
			const here = join(at, name);
			if (!mayEnter()(base + here)) return join(here, ...rest.toReversed());
			const to = readlinkWithin(base, here);
			if (to === undefined) at = here;
			else if (++links > mostLinks) return undefined;
			else {
				rest.push(...to.split('/').toReversed());
				if (to.startsWith('/')) at = '/';
			}
		}
		return at;
	};
}
