import {existsSync, globSync} from 'node:fs';
import {join} from 'node:path';
import {acceptsConnections} from './accepts-connections.ts';
import {readLibvirtConf, resolveUriAlias} from './libvirt-conf.ts';

interface ChosenUri {
	readonly uri: string;
	readonly from: 'environment' | 'configuration' | 'host' | 'embedded';
	/** A libvirtd of our own was started for it just now. */
	readonly started: boolean;
	/** The driver that is installed and that the host's libvirtd, which began before, has not loaded: ours serves meanwhile. */
	readonly unloaded?: DriverName;
}

/** Those that a libvirtd of our own has. */
const ownDrivers = ['lxc', 'qemu'] as const;
type DriverName = (typeof ownDrivers)[number];

/** Where libvirt keeps its things on this host. */
export interface LibvirtPlaces {
	readonly run: string;
	readonly etc: string;
	/** Patterns of the directories that hold libvirt's drivers. */
	readonly drivers: readonly string[];
}

interface ChooseOptions {
	readonly signal?: AbortSignal | undefined;
	/** Only a driver with this scheme will do, whatever is set as the default. */
	readonly scheme?: string | undefined;
	readonly places?: LibvirtPlaces;
	/** Starts the libvirtd of our own; by default ensureEmbeddedLibvirtd. */
	readonly startEmbedded?: () => Promise<{uri: string; started: boolean}>;
	/** Whether the daemon that serves a URI has its driver; by default hasDriver. */
	readonly hasDriver?: (uri: string, signal: AbortSignal | undefined) => Promise<boolean>;
}

const hostPlaces: LibvirtPlaces = {
	run: '/run/libvirt',
	etc: '/etc/libvirt',
	drivers: ['/usr/lib/*/libvirt/connection-driver', '/usr/lib64/libvirt/connection-driver', '/usr/lib/libvirt/connection-driver'],
};

/**
 * The URI of the libvirtd that a sandbox gets when none is named: LIBVIRT_DEFAULT_URI, else uri_default in libvirt.conf, else the
 * first driver of the host whose daemon has loaded it (root: lxc, then qemu; others: qemu:///session, unseen), else, for
 * root, a libvirtd of our own. Throws what the start of that throws. Runs no program on the way to a daemon that is there.
 */
export async function chooseUri(environment: Readonly<Record<string, string | undefined>>, uid: number, options: ChooseOptions = {}): Promise<ChosenUri> {
	const {signal, scheme, places = hostPlaces} = options;
	const fits = (uri: string): boolean => scheme === undefined || new RegExp(`^${scheme}[:+]`).test(uri);
	const conf = readLibvirtConf(environment, uid, places.etc);
	const asked = [
		{from: 'environment', text: environment['LIBVIRT_DEFAULT_URI']},
		{from: 'configuration', text: conf.uriDefault},
	] as const;
	for (const {from, text} of asked) {
		const uri = text === undefined || text === '' ? undefined : resolveUriAlias(text, conf);
		if (uri !== undefined && fits(uri)) return {uri, from, started: false};
	}
	if (uid !== 0) {
		const own = 'qemu:///session';
		return {uri: scheme === undefined || fits(own) ? own : `${scheme}:///system`, from: 'host', started: false};
	}
	// Whoever wants another one has a daemon with it.
	if (scheme !== undefined && !ownDrivers.some((name) => name === scheme)) return {uri: `${scheme}:///system`, from: 'host', started: false};
	let unloaded: DriverName | undefined;
	for (const driver of ownDrivers.filter((name) => scheme === undefined || name === scheme)) {
		const state = await askDriver(driver, options);
		if (state === 'works') {
			return {uri: `${driver}:///system`, from: 'host', started: false};
		}
		if (state === 'unloaded') {
			unloaded = driver;
			break;
		}
	}
	const startEmbedded = options.startEmbedded ?? (async () => (await import('./embedded-libvirtd.ts')).ensureEmbeddedLibvirtd({signal}));
	const {uri, started} = await startEmbedded();
	// It has all drivers of this host.
	const wanted = scheme ?? unloaded;
	return {
		uri: wanted === undefined ? uri : uri.replace(/^[^:]+/, wanted),
		from: 'embedded',
		started,
		...(unloaded === undefined ? {} : {unloaded}),
	};
}

/**
 * A driver works when its own daemon accepts connections, or libvirtd does and has loaded it: one that was installed later is not.
 */
async function askDriver(driver: DriverName, {signal, places = hostPlaces, hasDriver}: ChooseOptions): Promise<'works' | 'unloaded' | 'absent'> {
	if (await acceptsConnections(join(places.run, `virt${driver}d-sock`), signal)) return 'works';
	if (!(await acceptsConnections(join(places.run, 'libvirt-sock'), signal))) return 'absent';
	if (!places.drivers.some((pattern) => globSync(pattern).some((directory) => existsSync(join(directory, `libvirt_driver_${driver}.so`))))) {
		return 'absent';
	}
	const ask = hasDriver ?? (await import('./has-driver.ts')).hasDriver;
	return (await ask(`${driver}:///system`, signal)) ? 'works' : 'unloaded';
}
