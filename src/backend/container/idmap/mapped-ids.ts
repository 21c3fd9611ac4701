import {ShellError} from '../../../core/errors.ts';
import type {Idmap, SandboxSpec} from '../../../spec/types.ts';
import type {Account, AccountFiles} from '../../host/users.ts';

type Ids = Pick<Account, 'uid' | 'gid' | 'groups'>;

/** Only root may map ids; the command's user has to be among them, and whom its mounts are given to. */
export function requireMapping({idmap, mounts}: SandboxSpec, callerUid: number, account: Ids): void {
	if (idmap === undefined) return;
	if (callerUid !== 0) throw new ShellError('refused', 'Only root can map the ids of a container', {hint: 'Leave the idmap out, or run it as root'});
	requireMapped(idmap, account);
	for (const mount of mounts) {
		if (mount.type === 'ram') requireId(idmap, `The ram at ${mount.target} has an owner with`, [mount.uid ?? 0, mount.gid ?? 0]);
	}
}

/** A user of whom an id is not mapped could not run anything in the container. */
export function requireMapped(idmap: Idmap | undefined, {uid, gid, groups}: Ids): void {
	if (idmap !== undefined) requireId(idmap, "The command's user has", [uid, gid, ...groups]);
}

function requireId({count}: Idmap, whose: string, ids: readonly number[]): void {
	const unmapped = ids.find((id) => id >= count);
	if (unmapped !== undefined) {
		throw new ShellError('refused', `${whose} the id ${unmapped}, and only ${count} ids are mapped`, {hint: 'Ask for a larger COUNT, or for another user'});
	}
}

/** Names of the host's users whose ids a range holds. */
export function usersIn({start, count}: Idmap, {passwd}: AccountFiles): string[] {
	return passwd.split('\n').flatMap((line) => {
		const [name = '', , uid = ''] = line.split(':');
		return /^\d+$/.test(uid) && Number(uid) >= start && Number(uid) < start + count ? name : [];
	});
}
