import {existsSync, globSync} from 'node:fs';
import {acceptsConnections} from '../../backend/host/libvirtd/accepts-connections.ts';
import {embeddedSocket} from '../../backend/host/libvirtd/embedded-place.ts';
import {hasDriver} from '../../backend/host/libvirtd/has-driver.ts';
import type {Finding} from '../../commands/sandboxes.ts';
import {broken, findProgram, installCommand, missing, ok, type DiagnoseOptions} from './finding.ts';

const drivers = [
	{name: 'lxc', what: 'containers', forAll: false, debian: 'libvirt-daemon-driver-lxc', fedora: 'libvirt-daemon-driver-lxc'},
	{name: 'qemu', what: 'machines', forAll: true, debian: 'libvirt-daemon-driver-qemu', fedora: 'libvirt-daemon-driver-qemu'},
] as const;

const driverDirectories = ['/usr/lib/*/libvirt/connection-driver', '/usr/lib64/libvirt/connection-driver', '/usr/lib/libvirt/connection-driver'];

/** libvirtd, its sockets and its drivers. */
export async function* checkDaemons({caller, signal}: DiagnoseOptions): AsyncGenerator<Finding> {
	const libvirtd = findProgram('libvirtd');
	const install = installCommand('libvirt-daemon-system', 'libvirt-daemon');
	yield libvirtd === undefined ? missing('daemon', 'libvirtd', 'not installed', install) : ok('daemon', 'libvirtd', libvirtd);
	let answers = false;
	for (const name of ['libvirt-sock', 'virtlxcd-sock', 'virtqemud-sock']) {
		const path = `/run/libvirt/${name}`;
		if (!existsSync(path)) {
			continue;
		}
		const accepts = await acceptsConnections(path, signal);
		answers ||= accepts;
		if (accepts) yield ok('daemon', path, 'accepts connections');
		// Others than root may just not be let in.
		else if (caller.uid === 0) yield broken('daemon', path, 'is there, but nobody answers', 'systemctl restart libvirtd');
	}
	const own = await acceptsConnections(embeddedSocket(), signal);
	if (own) {
		yield ok('daemon', embeddedSocket(), 'a libvirtd of our own runs');
	}
	if (!answers && !own) {
		yield caller.uid !== 0
			? ok('daemon', 'connection', 'no system daemon answers us; qemu:///session starts one of your own')
			: libvirtd === undefined
				? missing('daemon', 'connection', 'no daemon runs', 'systemctl start libvirtd')
				: ok('daemon', 'connection', 'no daemon runs; root gets one of our own when a sandbox starts');
	}
	for (const driver of drivers.filter(({forAll}) => forAll || caller.uid === 0)) {
		yield await checkDriver(driver, {asks: answers && caller.uid === 0, signal});
	}
}

/** A driver that is installed, and that the daemon that answers has loaded: one that was installed later is not. */
async function checkDriver(
	{name, what, debian, fedora}: (typeof drivers)[number],
	{asks, signal}: {readonly asks: boolean; readonly signal: AbortSignal},
): Promise<Finding> {
	const found = driverDirectories.some((directory) => globSync(`${directory}/libvirt_driver_${name}.so`).length > 0);
	if (!found) return missing('driver', name, `libvirt cannot host ${what}`, installCommand(debian, fedora));
	return !asks || (await hasDriver(`${name}:///system`, signal))
		? ok('driver', name, `libvirt can host ${what}`)
		: broken('driver', name, `it is installed, and the libvirtd that runs has not loaded it: no ${what} there`, 'systemctl restart libvirtd');
}
