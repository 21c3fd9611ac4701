import {join} from 'node:path';
import {innermost} from '../../../spec/paths.ts';
import {makeCache} from '../../host/cache.ts';
import type {Caller} from '../../host/caller.ts';
import {realPath} from '../../host/files/real-path.ts';
import {readMountTable} from '../../host/mounts/mount-table.ts';
import type {StateDirectory} from '../state/state-directory.ts';

/** Where a program of one start may lie, so that this host executes it. */
export function programPlace(name: string, {path, id}: Pick<StateDirectory, 'path' | 'id'>, caller: Caller): string {
	const isNoExec = innermost(readMountTable(), path, ({mountPoint}) => mountPoint)?.flags.includes('noexec') === true;
	return isNoExec ? join(realPath(makeCache(caller)), `${name}-${id}`) : join(path, name);
}
