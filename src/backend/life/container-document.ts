import {join} from 'node:path';
import {formatMount} from '../../spec/parse-mount.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import type {ContainerLayout, LayoutBind} from '../domain/container/layout.ts';
import {makeContainerDomain} from '../domain/container/make-container-domain.ts';
import {resolverFile} from '../guest/network-script.ts';
import {hostsFile} from '../guest/own-name.ts';
import {ioTarget, type GuestMount} from '../guest/root-plan.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import type {ProcessIdentity} from '../host/process-identity.ts';
import type {Cause, Element} from '../xml/element.ts';
import {writeXml} from '../xml/write-xml.ts';
import type {ContainerPlan} from './container-plan.ts';
import {resolveSource} from './temporary-sources.ts';

function bindInclude({name, source}: ContainerPlan['includes'][number]): LayoutBind {
	return {source, target: `${ioTarget}/${name}`, readonly: true, cause: {kind: 'backend', text: `include ${source}: to be copied from`}};
}

/** With a network the guest has name servers of its own, not the host's. */
function bindResolver({resolver}: ContainerPlan, state: StateDirectory): LayoutBind[] {
	if (resolver?.kind !== 'bind') return [];
	const cause: Cause = {kind: 'backend', text: 'network: name servers of its own'};
	return [{source: join(state.io, resolverFile), target: resolver.target, readonly: true, cause}];
}

/** It has the guest's own name. */
function bindHosts({hosts}: ContainerPlan, state: StateDirectory): LayoutBind[] {
	if (hosts === undefined) return [];
	const cause: Cause = {kind: 'backend', text: "the guest's own name, and what the root's /etc/hosts has"};
	return [{source: join(state.io, hostsFile), target: hosts.target, readonly: true, cause}];
}

export interface DomainNames {
	readonly name: string;
	readonly uuid: string;
	readonly owner: ProcessIdentity;
	/** Of the temporary directories, in the plan's order. */
	readonly temporary: readonly string[];
	/** From `settleLabels`. */
	readonly seclabels: readonly Element[];
}

/** The domain XML of a plan, on its state directory. */
export function writeContainerXml(plan: ContainerPlan, state: StateDirectory, names: DomainNames): string {
	return writeXml(makeContainerDocument(plan, state, names));
}

/** The same as elements, each with what caused it. */
export function makeContainerDocument(plan: ContainerPlan, state: StateDirectory, {name, uuid, owner, temporary, seclabels}: DomainNames): Element {
	const mounts = plan.root.mounts.map((mount) => ({
		...mount,
		source: 'source' in mount ? resolveSource(mount.source, temporary) : '',
		cause: causeOf(mount),
	}));
	const made = new Map(plan.made.map(({target, name}) => [target, join(state.io, name)]));
	const layout: ContainerLayout = {
		id: state.id,
		name,
		uuid,
		rootDirectory: state.root,
		ioDirectory: state.io,
		init: `${ioTarget}/begin`,
		binds: [
			...mounts.filter((mount) => mount.kind === 'bind'),
			...mounts.flatMap((mount) => {
				const source = mount.kind === 'ram' ? made.get(mount.target) : undefined;
				return source === undefined ? [] : {...mount, source};
			}),
			...plan.includes.map(bindInclude),
			...bindResolver(plan, state),
			...bindHosts(plan, state),
		],
		hides: mounts.filter((mount) => mount.kind === 'hide'),
		rams: mounts.filter((mount) => mount.kind === 'ram').filter(({target}) => !made.has(target)),
		guestBinds: mounts.filter((mount) => mount.kind === 'guest-bind'),
		images: mounts.filter((mount) => mount.kind === 'image'),
		consoles: plan.consoles.count,
		disks: plan.disks,
		seclabels,
		metadata: {spec: plan.spec, id: state.id, stateDirectory: state.path, owner},
	};
	return makeContainerDomain(specForLibvirt(plan), layout);
}

/** Without the swap limit where libvirt would set a wrong one: it is set once the container runs. */
function specForLibvirt({spec, swap}: ContainerPlan): SandboxSpec {
	return swap === 'together' ? spec : {...spec, limits: {...spec.limits, swapKiB: undefined}};
}

function causeOf(mount: GuestMount): Cause {
	if (mount.cause !== undefined) return {kind: 'option', text: `mount ${formatMount(mount.cause)}`};
	if (mount.kind === 'guest-bind') return {kind: 'default', text: "default: settings of the host's kernel are read-only"};
	return mount.kind === 'ram'
		? {kind: 'default', text: 'default: fresh, and what the host has there is hidden'}
		: {kind: 'default', text: 'default: read-only view of the host'};
}
