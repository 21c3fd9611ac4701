import type {SandboxSpec} from '../../spec/types.ts';
import {imaginaryState, stateBase} from '../guest/state/state-directory.ts';
import {cacheBase} from '../host/cache.ts';
import {identifyProcess} from '../host/process-identity.ts';
import {randomUuid} from '../host/random.ts';
import {planLabels} from '../labels/plan-labels.ts';
import type {Plan, StartOptions} from '../types.ts';
import {writeXml} from '../xml/write-xml.ts';
import {temporaryPaths} from '../start/temporary-directories.ts';
import {kvmVerdictFile} from './boot/kvm.ts';
import {chooseAccel} from './boot/machine-accel.ts';
import {makeMachineDocument} from './machine-document.ts';
import {planMachine} from './machine-plan.ts';

/** All checks of a machine's start, and its XML; nothing is started and nothing left behind. */
export async function planStart(spec: SandboxSpec, uri: string, options: StartOptions): Promise<Plan> {
	const {caller} = options;
	const plan = await planMachine(spec, uri, {caller}, options.host?.kernels);
	const verdictFile = kvmVerdictFile(cacheBase(caller), plan.kernel.version);
	const accel = chooseAccel(spec.kernel.accel, {verdictFile, isSession: plan.isSession});
	const {labels, notices} = await planLabels(spec, uri, {
		...options,
		placeOf: plan.placeOf,
		domainType: accel.domainType,
		isLocal: true,
		host: options.host?.labels(),
	});
	const state = imaginaryState(stateBase(caller));
	const document = makeMachineDocument(plan, state, {
		name: spec.name ?? 'sandbox-1',
		uuid: randomUuid(),
		owner: identifyProcess('self') ?? {pid: caller.pid, startTime: '0'},
		temporary: temporaryPaths(plan, state.id),
		seclabels: labels.seclabels,
		accel,
		bootKernel: plan.kernel.image,
		firmware: undefined,
	});
	return {spec, uri, xml: writeXml(document), document, notices: [...plan.notices, ...notices]};
}
