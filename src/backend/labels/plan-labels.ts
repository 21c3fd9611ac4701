import type {SandboxSpec} from '../../spec/types.ts';
import {isUnreachable, openConnection, type Connection} from '../libvirt/index.ts';
import type {Plan, StartOptions} from '../types.ts';
import {explainLibvirtError} from '../host/libvirtd/explain-libvirt-error.ts';
import type {Labels} from './settle-labels.ts';
import {atPlaces, none, startLabels, type StartLabelsOptions} from './start-labels.ts';

/** The labels that a start would have, for a look at its XML; asks libvirt only where a start would. */
export async function planLabels(
	spec: SandboxSpec,
	uri: string,
	options: Pick<StartOptions, 'accept' | 'signal' | 'trace' | 'keepalive' | 'readonly'> &
		Omit<StartLabelsOptions, 'uri'> & {readonly placeOf: (source: string) => string},
): Promise<{readonly labels: Labels; readonly notices: Plan['notices']}> {
	const starting = startLabels(spec, {...options, uri});
	if (!starting.asks) return {labels: none, notices: []};
	const {signal, trace, keepalive, readonly, placeOf} = options;
	let connection: Connection;
	try {
		connection = await openConnection(uri, {signal, trace, keepalive, readonly, timeoutMs: 20_000});
	} catch (error) {
		// A look at the XML starts no daemon.
		if (isUnreachable(error)) return {labels: none, notices: spec.security.mode === undefined ? [] : [unknown]};
		throw explainLibvirtError(error, uri);
	}
	try {
		const labels = await starting.settle(connection);
		const warnings = labels.warnings.map(({code, message}) => ({level: 'warning' as const, code, message}));
		return {labels, notices: [...warnings, ...(await planFiles(atPlaces(labels.relabel, placeOf), signal))]};
	} finally {
		await connection.close();
	}
}

async function planFiles(relabel: Labels['relabel'], signal: AbortSignal | undefined): Promise<Plan['notices']> {
	if (relabel.length === 0) return [];
	const {listPlan, planRelabel} = await import('./relabel/plan-relabel.ts');
	return (await planRelabel(relabel, signal)).flatMap(listPlan);
}

const unknown = {
	level: 'warning' as const,
	code: 'security-unknown',
	message: 'No libvirtd answers, so the label is neither checked nor shown: it depends on what the host has',
};
