import type {SandboxSpec} from '../../spec/types.ts';
import {openConnection} from '../libvirt/index.ts';
import type {Plan, StartOptions} from '../types.ts';
import {explainLibvirtError} from '../life/explain-libvirt-error.ts';
import type {Labels} from './settle-labels.ts';
import {startLabels, type StartLabelsOptions} from './start-labels.ts';

/** The labels that a start would have, for a look at its XML; asks libvirt only where a start would. */
export async function planLabels(
	spec: SandboxSpec,
	uri: string,
	options: Pick<StartOptions, 'accept' | 'signal' | 'trace'> & StartLabelsOptions,
): Promise<{readonly labels: Labels; readonly notices: Plan['notices']}> {
	const starting = startLabels(spec, options);
	if (!starting.asks) return {labels: await starting.settle(unasked), notices: []};
	const connection = await openConnection(uri, {signal: options.signal, trace: options.trace, timeoutMs: 20_000}).catch((error: unknown) => {
		throw explainLibvirtError(error, uri);
	});
	try {
		const labels = await starting.settle(connection);
		return {labels, notices: labels.warnings.map(({code, message}) => ({level: 'warning', code, message}))};
	} catch (error) {
		throw explainLibvirtError(error, uri);
	} finally {
		await connection.close();
	}
}

const unasked = {
	getCapabilities: () => Promise.reject(new Error('not asked')),
	listAllDomains: () => Promise.reject(new Error('not asked')),
	getSecurityLabel: () => Promise.reject(new Error('not asked')),
};
