import {accessSync, constants, existsSync} from 'node:fs';

const places = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/local/sbin', '/usr/libexec', '/usr/lib/qemu'];

/** The path of a program of this host, also of those outside PATH. */
export function findProgram(name: string): string | undefined {
	return places
		.map((place) => `${place}/${name}`)
		.find((path) => {
			try {
				accessSync(path, constants.X_OK);
				return true;
			} catch {
				return false;
			}
		});
}

/** Whether packages are installed with apt-get here. */
export function isDebian(): boolean {
	return existsSync('/etc/debian_version');
}
