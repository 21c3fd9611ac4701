import {userInfo} from 'node:os';
import {join} from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a person's files are for: each kind has a place of its own. */
export type FileKind = 'cache' | 'config' | 'state';

const places = {
	cache: {variable: 'XDG_CACHE_HOME', below: '.cache'},
	config: {variable: 'XDG_CONFIG_HOME', below: '.config'},
	state: {variable: 'XDG_STATE_HOME', below: '.local/state'},
} as const;

/** Of our directory among those of all programs. */
export const ourName = 'virt-sandbox';

/** The person's home: HOME, else what the system has for this process's user, else `/`. */
export function homeDirectory({HOME: home}: Environment, ofSystem: () => string = () => userInfo().homedir): string {
	if (isAbsolute(home)) return home;
	try {
		return ofSystem() || '/';
	} catch {
		// A user whom the system does not know.
		return '/';
	}
}

/** Where a person's files of a kind are, those of all programs. A path that is not absolute does not count, as the XDG specification has it, nor one that is no UTF-8. */
export function baseDirectory(kind: FileKind, environment: Environment): string {
	const {variable, below} = places[kind];
	const named = environment[variable];
	return isAbsolute(named) ? named : join(homeDirectory(environment), below);
}

/** Where ours are. */
export function ourDirectory(kind: FileKind, environment: Environment): string {
	return join(baseDirectory(kind, environment), ourName);
}

/** The variable that names another place. */
export function variableOf(kind: FileKind): string {
	return places[kind].variable;
}

function isAbsolute(path: string | undefined): path is string {
	return path?.startsWith('/') === true && path.isWellFormed() && !path.includes('\ufffd');
}
