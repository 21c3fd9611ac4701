import {posix} from 'node:path';
import {innermost} from '../../spec/paths.ts';
import type {Mount, SandboxSpec} from '../../spec/types.ts';
import {defaultRamTargets} from '../../spec/validate-spec.ts';
import {fallbackPath} from '../guest/command-environment.ts';
import type {Caller} from '../types.ts';

type Mounts = Pick<SandboxSpec, 'mounts'>;

/** In PATH, where nothing else is left. */
const nowhere = '/nonexistent';
const fresh = [...defaultRamTargets, '/proc', '/dev'].map((target) => ({type: 'ram', target}) as const);

/**
 * Whether a guest may have something else at a path than its caller: there is memory of its own, or another directory, where a command that
 * already runs makes what others, who come to the same path, would run or read.
 */
export function isOfGuest({mounts}: Mounts, path: string): boolean {
	const place = posix.normalize(path);
	const around = innermost<Mount | (typeof fresh)[number]>([...fresh, ...mounts], place, ({target}) => target);
	if (around === undefined || around.type === 'hide') return false;
	if (!('source' in around) || around.source === undefined || around.type === 'host-image' || around.type === 'overlay') return true;
	const meant = posix.join(around.source, place.slice(around.target.length));
	return around.type === 'guest-bind' ? isOfGuest({mounts: mounts.filter((mount) => mount !== around)}, meant) : meant !== place;
}

/** A user of a sandbox that runs as `own`, with a home that another user of it has not made. */
export function atHome<User extends {readonly uid: number; readonly home: string}>(spec: Mounts, own: {readonly uid: number}, user: User): User {
	return user.uid !== own.uid && isOfGuest(spec, user.home) ? {...user, home: '/'} : user;
}

/** The environment of who asks for a further command, without the places that are the guest's own: what lies there is not what they mean. */
export function withoutPlacesOfGuest(spec: Mounts, environment: Caller['environment']): Caller['environment'] {
	const {PATH, HOME, ...others} = environment;
	const own = (path: string): string[] => path.split(':').filter((directory) => !isOfGuest(spec, directory));
	const [programs = [nowhere]] = [own(PATH ?? fallbackPath), own(fallbackPath)].filter(({length}) => length > 0);
	return {
		...others,
		PATH: programs.join(':'),
		...(HOME !== undefined && !isOfGuest(spec, HOME) && {HOME}),
	};
}
