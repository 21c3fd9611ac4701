import {existsSync} from 'node:fs';

/** Vim as this host has it, large or small; undefined: it has none. With CI=true that is an error. */
export function findVim(): string | undefined {
	const path = ['/usr/bin/vim', '/usr/bin/vim.tiny'].find((each) => existsSync(each));
	if (path === undefined && process.env['CI'] === 'true') {
		throw new Error('There is no vim: scripts/setup.sh installs it');
	}
	return path;
}
