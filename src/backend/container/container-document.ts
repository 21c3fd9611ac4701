import type {SandboxSpec} from '../../spec/types.ts';
import {ioTarget} from '../guest/root/root-plan.ts';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import {recordNamespace, type ProcessIdentity} from '../host/process-identity.ts';
import type {Element} from '../xml/element.ts';
import type {ContainerLayout} from './domain/layout.ts';
import {makeContainerDomain} from './domain/make-container-domain.ts';
import {mountsOfLibvirt, type LaidMounts} from './container-mounts.ts';
import type {ContainerPlan} from './container-plan.ts';

interface DomainNames {
	readonly name: string;
	readonly uuid: string;
	readonly owner: ProcessIdentity;
	/** From `layMounts`. */
	readonly mounts: LaidMounts;
	/** From `settleLabels`. */
	readonly seclabels: readonly Element[];
}

/** The domain of a plan, on its state directory, as elements, each with what caused it. */
export function makeContainerDocument(plan: ContainerPlan, state: StateDirectory, {name, uuid, owner, mounts, seclabels}: DomainNames): Element {
	const layout: ContainerLayout = {
		id: state.id,
		name,
		uuid,
		rootDirectory: state.root,
		init: `${ioTarget}/begin`,
		...mountsOfLibvirt(mounts, plan.late),
		consoles: plan.consoles.count,
		disks: plan.disks,
		seclabels,
		metadata: {spec: plan.spec, id: state.id, stateDirectory: state.path, owner, namespace: recordNamespace()},
	};
	return makeContainerDomain(specForLibvirt(plan), layout);
}

/** Without the swap limit where libvirt would set a wrong one: it is set once the container runs. */
function specForLibvirt({spec, swap}: ContainerPlan): SandboxSpec {
	return {...spec, limits: {...spec.limits, swapKiB: swap.counting === 'together' ? swap.kib : undefined}};
}
