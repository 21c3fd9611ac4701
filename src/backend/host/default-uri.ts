import {existsSync, globSync} from 'node:fs';
import {join} from 'node:path';
import {baseDirectory} from '../../core/base-directories.ts';
import {acceptsConnections} from './accepts-connections.ts';
import {readRegularFile} from './read-regular-file.ts';

export interface ChosenUri {
	readonly uri: string;
	readonly from: 'environment' | 'configuration' | 'host' | 'embedded';
	/** A libvirtd of our own was started for it just now. */
	readonly started: boolean;
}

/** Where libvirt keeps its things on this host. */
export interface LibvirtPlaces {
	readonly run: string;
	readonly etc: string;
	/** Patterns of the directories that hold libvirt's drivers. */
	readonly drivers: readonly string[];
}

export interface ChooseOptions {
	readonly signal?: AbortSignal | undefined;
	/** Only a driver with this scheme will do, whatever is set as the default. */
	readonly scheme?: string | undefined;
	readonly places?: LibvirtPlaces;
	/** Starts the libvirtd of our own; by default ensureEmbeddedLibvirtd. */
	readonly startEmbedded?: () => Promise<{uri: string; started: boolean}>;
}

const hostPlaces: LibvirtPlaces = {
	run: '/run/libvirt',
	etc: '/etc/libvirt',
	drivers: ['/usr/lib/*/libvirt/connection-driver', '/usr/lib64/libvirt/connection-driver', '/usr/lib/libvirt/connection-driver'],
};

/**
 * The URI of the libvirtd that a sandbox gets when none is named: LIBVIRT_DEFAULT_URI, else uri_default in libvirt.conf, else the
 * first driver of the host whose daemon accepts connections (root: lxc, then qemu; others: qemu:///session, unseen), else, for
 * root, a libvirtd of our own. Throws what the start of that throws. Runs no program on the way to a daemon that is there.
 */
export async function chooseUri(environment: Readonly<Record<string, string | undefined>>, uid: number, options: ChooseOptions = {}): Promise<ChosenUri> {
	const {signal, scheme, places = hostPlaces} = options;
	const fits = (uri: string): boolean => scheme === undefined || new RegExp(`^${scheme}[:+]`).test(uri);
	const named = environment['LIBVIRT_DEFAULT_URI'];
	if (named !== undefined && named !== '' && fits(named)) {
		return {uri: named, from: 'environment', started: false};
	}
	const configured = readUriDefault(configurationFile(environment, uid, places));
	if (configured !== undefined && fits(configured)) {
		return {uri: configured, from: 'configuration', started: false};
	}
	if (uid !== 0) {
		const own = 'qemu:///session';
		return {uri: scheme === undefined || fits(own) ? own : `${scheme}:///system`, from: 'host', started: false};
	}
	for (const driver of ['lxc', 'qemu'].filter((name) => scheme === undefined || name === scheme)) {
		if (await driverWorks(driver, places, signal)) {
			return {uri: `${driver}:///system`, from: 'host', started: false};
		}
	}
	const startEmbedded = options.startEmbedded ?? (async () => (await import('./embedded-libvirtd.ts')).ensureEmbeddedLibvirtd({signal}));
	const {uri, started} = await startEmbedded();
	// It has all drivers of this host.
	return {uri: scheme === undefined ? uri : uri.replace(/^[^:]+/, scheme), from: 'embedded', started};
}

/** A driver works when its own daemon accepts connections, or libvirtd does and has the driver installed. */
async function driverWorks(driver: string, places: LibvirtPlaces, signal: AbortSignal | undefined): Promise<boolean> {
	if (await acceptsConnections(join(places.run, `virt${driver}d-sock`), signal)) {
		return true;
	}
	if (!(await acceptsConnections(join(places.run, 'libvirt-sock'), signal))) {
		return false;
	}
	return places.drivers.some((pattern) => globSync(pattern).some((directory) => existsSync(join(directory, `libvirt_driver_${driver}.so`))));
}

function configurationFile(environment: Readonly<Record<string, string | undefined>>, uid: number, places: LibvirtPlaces): string {
	if (uid === 0) {
		return join(places.etc, 'libvirt.conf');
	}
	return join(baseDirectory('config', environment), 'libvirt', 'libvirt.conf');
}

/** The value of uri_default in libvirt's configuration format; undefined without the file or the setting. */
function readUriDefault(file: string): string | undefined {
	let text: string;
	try {
		text = readRegularFile(file).toString();
	} catch {
		return undefined;
	}
	const match = /^[ \t]*uri_default[ \t]*=[ \t]*(?:"([^"\n]*)"|'([^'\n]*)')/m.exec(text);
	const value = match?.[1] ?? match?.[2];
	return value === '' ? undefined : value;
}
