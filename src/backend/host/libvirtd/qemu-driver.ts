import {dirname, join} from 'node:path';
import {parseUri, planSockets, type Environment} from '../../libvirt/index.ts';
import {lstatIfThere} from '../files/firm-way.ts';
import {identifyProcess} from '../process-identity.ts';
import {programOf} from '../processes.ts';
import {readPidFile} from '../files/read-pid-file.ts';
import {embeddedDirectory, embeddedSocket} from './embedded-place.ts';
import {isSessionUri} from './local-uri.ts';

const systemPlace = '/run/libvirt/qemu';
/** Daemons that have libvirt's QEMU driver. */
const daemonNames = /(?:^|-)(?:libvirtd|virtqemud)$/;

/** Where the QEMU driver that serves a local URI has the files and sockets by which it runs its machines. */
export function qemuDriverPlace(uri: string, environment: Environment = process.env): string {
	const [socket = ''] = planSockets(parseUri(uri), {readonly: false, environment, uid: process.geteuid?.() ?? 0}).paths;
	// In its own mount namespace it has that place, too.
	if (socket === embeddedSocket()) return join(embeddedDirectory, 'run/qemu');
	return isSessionUri(uri) ? join(dirname(socket), 'qemu/run') : systemPlace;
}

/** As libvirt has the name of a domain in those of its files: of a longer one no more characters. */
export function shortDomainName(name: string): string {
	return Array.from(name).slice(0, 20).join('');
}

/** When the QEMU driver of this place began that runs now, in ms of the host's clock, by the file that it holds there; undefined: none runs. */
export function qemuDriverStart(place: string): number | undefined {
	const path = join(place, 'driver.pid');
	const pid = readPidFile(path);
	// A daemon that was killed leaves its file, and its pid to others.
	if (pid === undefined || identifyProcess(pid) === undefined || !daemonNames.test(programOf(pid))) return undefined;
	return lstatIfThere(path)?.mtimeMs;
}
