import {parseCapabilities} from '../../backend/host/libvirtd/capabilities.ts';
import type {Finding, NetworkRow} from '../../commands/sandboxes.ts';
import {ShellError} from '../../core/errors.ts';
import {readNetworks} from '../domain-facts.ts';
import {broken, missing, ok, pasted, unknown, type DiagnoseOptions} from './finding.ts';

/** What the connection itself says: guests, labels, networks. */
export async function* checkConnection({connections, uri, signal}: DiagnoseOptions): AsyncGenerator<Finding> {
	const chosen = uri ?? (await connections.defaultUri(signal));
	try {
		const [capabilities, networks] = await connections.use({uri: chosen, signal}, async (connection) =>
			Promise.all([connection.getCapabilities({signal}).then(parseCapabilities), readNetworks(connection, {uri: chosen, signal}).catch(() => undefined)]),
		);
		yield ok('connection', chosen, `hosts ${capabilities.domainTypes.join(', ') || 'nothing'}`);
		const models = capabilities.securityModels.map(({model}) => model);
		yield models.length === 0
			? missing('connection', 'labels', 'libvirtd gives sandboxes no security label', null)
			: ok('connection', 'labels', models.join(', '));
		yield* networks === undefined ? [unknown('connection', 'networks', 'this connection does not tell its networks')] : describeNetworks(networks, chosen);
	} catch (error) {
		if (!(error instanceof ShellError)) {
			throw error;
		}
		// A daemon of our own that is not there yet is no fault.
		yield chosen.includes('/virt-sandbox/')
			? unknown('connection', chosen, 'not asked: it starts with the first sandbox')
			: broken('connection', chosen, error.message, error.hint ?? null);
	}
}

/** Those that sandboxes can be on, and what is to be done about the others. */
export function describeNetworks(networks: readonly NetworkRow[], uri: string): readonly Finding[] {
	if (networks.length === 0) {
		return [missing('connection', 'networks', 'libvirt has no network', 'apt-get install libvirt-daemon-config-network')];
	}
	const active = networks.filter((network) => network.active);
	return [
		...(active.length === 0 ? [] : [ok('connection', 'networks', active.map(({name}) => name).join(', '))]),
		...networks
			.filter((network) => !network.active)
			.map(({name}) =>
				missing(
					'connection',
					`network ${name}`,
					'it is not active, so no sandbox can be on it',
					`virt-sandbox-shell -c ${pasted(uri)} networks start ${pasted(name)}`,
				),
			),
	];
}
