import type {SandboxSpec} from '../../spec/types.ts';
import type {DomainRef} from '../libvirt/index.ts';
import type {StartOptions} from '../types.ts';
import {labelTraits} from '../domain/label-traits.ts';
import type {JournalOwner} from './relabel/journal.ts';
import type {LabelReader} from './check-label.ts';
import {fileLabel, findHostLabels, guestLabel, type HostLabels} from './host-labels.ts';
import type {Labels, LabelSource} from './settle-labels.ts';

/** The part that labels have in one start. Where neither host nor spec knows of any it costs a look at two files, and nothing is loaded. */
export interface StartLabels {
	/** For what is made for the guest on this host; undefined: the host's own rules. */
	readonly files: string | undefined;
	/** Whether `settle` asks libvirt. */
	readonly asks: boolean;
	settle(source: LabelSource): Promise<Labels>;
	/** Throws unless the domain that now runs has the label it was to have. */
	check(labels: Labels, domain: DomainRef, reader: LabelReader): Promise<void>;
	/** Relabels what the mounts ask for, told first; gives what undoes it once the domain has gone, with what libvirt leaves of labels, as often as it is called. */
	relabel(labels: Labels, owner: JournalOwner, options: RelabelOptions): Promise<(signal?: AbortSignal) => Promise<void>>;
}

/** `placeOf`: where a source lies, without links. */
type RelabelOptions = Pick<StartOptions, 'voice' | 'caller' | 'signal'> & {readonly placeOf: (source: string) => string};

export interface StartLabelsOptions extends Pick<StartOptions, 'accept'> {
	readonly uri: string;
	/** `lxc`, `kvm` or `qemu`. */
	readonly domainType: string;
	/** Whether libvirtd runs on this host. */
	readonly isLocal: boolean;
	/** What the kernel can label with; tests give their own. */
	readonly host?: HostLabels | undefined;
}

/** Of a sandbox that has none. */
export const none: Labels = {seclabels: [], expected: undefined, warnings: [], relabel: []};

/** Faults of libvirt in our words. */
async function explained<Result>(work: Promise<Result>, uri: string): Promise<Result> {
	try {
		return await work;
	} catch (error) {
		const {explainLibvirtError} = await import('../host/libvirtd/explain-libvirt-error.ts');
		throw explainLibvirtError(error, uri);
	}
}

/** What is to be relabelled, where it lies. */
export function atPlaces(targets: Labels['relabel'], placeOf: (source: string) => string): Labels['relabel'] {
	return targets.map((target) => ({...target, source: placeOf(target.source)}));
}

/** Looks at what this host's kernel offers. */
export function startLabels(spec: SandboxSpec, {uri, domainType, isLocal, accept, host = findHostLabels()}: StartLabelsOptions): StartLabels {
	const {selinux, apparmor} = host;
	const {security, mounts} = spec;
	const asks = selinux || apparmor || !isLocal || security.mode !== undefined || mounts.some((mount) => mount.type === 'host-bind' && mount.relabel === true);
	return {
		files: selinux && isLocal ? fileLabel(domainType) : undefined,
		asks,
		async settle(source) {
			if (!asks) return none;
			const {settleLabels} = await import('./settle-labels.ts');
			return explained(settleLabels(spec, source, {domainType, isLocal, accept}), uri);
		},
		async check({expected}, domain, reader) {
			if (expected === undefined) return;
			const {checkLabel} = await import('./check-label.ts');
			await explained(
				checkLabel(expected, domain, {reader, readGuest: () => (isLocal && labelTraits(domainType).idIsPid ? guestLabel(domain.id) : undefined)}),
				uri,
			);
		},
		async relabel({relabel: targets, expected}, owner, options) {
			if (isLocal && expected?.model === 'apparmor') {
				const {removeProfile} = await import('./remove-profile.ts');
				return () => removeProfile(owner.uuid);
			}
			if (targets.length === 0) return () => Promise.resolve();
			const {relabelForStart} = await import('./relabel/relabel.ts');
			return relabelForStart(atPlaces(targets, options.placeOf), owner, options);
		},
	};
}
