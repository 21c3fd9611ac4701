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
	options: Pick<StartOptions, 'accept' | 'signal' | 'trace'> & Omit<StartLabelsOptions, 'uri'>,
): Promise<{readonly labels: Labels; readonly notices: Plan['notices']}> {
	const starting = startLabels(spec, {...options, uri});
	if (!starting.asks) return {labels: await starting.settle(unasked), notices: []};
	const connection = await openConnection(uri, {signal: options.signal, trace: options.trace, timeoutMs: 20_000}).catch((error: unknown) => {
		throw explainLibvirtError(error, uri);
	});
	try {
		const labels = await starting.settle(connection);
		const warnings = labels.warnings.map(({code, message}) => ({level: 'warning' as const, code, message}));
		return {labels, notices: [...warnings, ...(await planFiles(labels, options.signal))]};
	} finally {
		await connection.close();
	}
}

async function planFiles({relabel}: Labels, signal: AbortSignal | undefined): Promise<Plan['notices']> {
	if (relabel.length === 0) return [];
	const {listPlan, planRelabel} = await import('./relabel/plan-relabel.ts');
	return (await planRelabel(relabel, signal)).flatMap(listPlan);
}

const unasked = {
	getCapabilities: () => Promise.reject(new Error('not asked')),
	listAllDomains: () => Promise.reject(new Error('not asked')),
	getSecurityLabel: () => Promise.reject(new Error('not asked')),
};
