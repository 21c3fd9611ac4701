import {join} from 'node:path';
import type {Caller} from '../types.ts';

/** Where kernels, initramfs and verdicts are kept between runs. */
export function cacheBase({uid, environment}: Pick<Caller, 'uid' | 'environment'>): string {
	const named = environment['XDG_CACHE_HOME'];
	if (named !== undefined && named.startsWith('/') && uid !== 0) return join(named, 'virt-sandbox');
	if (uid === 0) return '/var/cache/virt-sandbox';
	return join(environment['HOME'] ?? '/tmp', '.cache', 'virt-sandbox');
}
