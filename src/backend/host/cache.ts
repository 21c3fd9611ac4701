import {ourDirectory} from '../../core/base-directories.ts';
import type {Caller} from './caller.ts';
import {insteadOf, makeOwnDirectory, requireOwnDirectory} from './files/own-directory.ts';

/** Where kernels, initramfs and verdicts are kept between runs: a directory of ours alone, since machines boot what is in it. */
export function cacheBase(caller: Pick<Caller, 'uid' | 'environment'>): string {
	return requireOwnDirectory(...placeFor(caller));
}

/** The same, made where it is missing. */
export function makeCache(caller: Pick<Caller, 'uid' | 'environment'>): string {
	return makeOwnDirectory(...placeFor(caller));
}

function placeFor({uid, environment}: Pick<Caller, 'uid' | 'environment'>): [path: string, instead: string] {
	return uid === 0 ? ['/var/cache/virt-sandbox', 'move it away'] : [ourDirectory('cache', environment), insteadOf('cache')];
}
