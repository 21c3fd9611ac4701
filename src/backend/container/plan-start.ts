import type {SandboxSpec} from '../../spec/types.ts';
import {imaginaryState, stateBase} from '../guest/state/state-directory.ts';
import {isLocalUri} from '../host/libvirtd/local-uri.ts';
import {identifyProcess} from '../host/process-identity.ts';
import {randomUuid} from '../host/random.ts';
import {planLabels} from '../labels/plan-labels.ts';
import {temporaryPaths} from '../start/temporary-directories.ts';
import type {Plan, StartOptions} from '../types.ts';
import {writeXml} from '../xml/write-xml.ts';
import {makeContainerDocument} from './container-document.ts';
import {layMounts} from './container-mounts.ts';
import {planContainer} from './container-plan.ts';

/** All checks of a container's start, and its XML; starts nothing, and leaves nothing behind. */
export async function planStart(spec: SandboxSpec, uri: string, options: StartOptions): Promise<Plan> {
	const {caller, host} = options;
	const plan = await planContainer(spec, uri, {caller, host});
	const {labels, notices} = await planLabels(spec, uri, {
		...options,
		placeOf: plan.placeOf,
		domainType: 'lxc',
		isLocal: isLocalUri(uri),
		host: host?.labels(),
	});
	const state = imaginaryState(stateBase(caller));
	const document = makeContainerDocument(plan, state, {
		name: spec.name ?? 'sandbox-1',
		uuid: randomUuid(),
		owner: host?.self() ?? identifyProcess('self') ?? {pid: caller.pid, startTime: '0'},
		mounts: layMounts(plan, state, temporaryPaths(plan, state.id)),
		seclabels: labels.seclabels,
	});
	return {spec, uri, xml: writeXml(document), document, notices: [...plan.notices, ...notices]};
}
