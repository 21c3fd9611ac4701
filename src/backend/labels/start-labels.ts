import type {SandboxSpec} from '../../spec/types.ts';
import type {DomainRef} from '../libvirt/index.ts';
import type {StartOptions} from '../types.ts';
import type {JournalOwner} from './relabel/journal.ts';
import type {LabelReader} from './check-label.ts';
import {containerFileLabel, findHostLabels} from './host-labels.ts';
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
	/** Relabels what the mounts ask for, told first; gives what puts it back once the domain has gone, as often as it is called. */
	relabel(labels: Labels, owner: JournalOwner, options: Pick<StartOptions, 'voice' | 'caller' | 'signal'>): Promise<() => Promise<void>>;
}

export interface StartLabelsOptions extends Pick<StartOptions, 'accept'> {
	/** `lxc`, `kvm` or `qemu`. */
	readonly domainType: string;
	/** Whether libvirtd runs on this host. */
	readonly isLocal: boolean;
}

const none: Labels = {seclabels: [], expected: undefined, warnings: [], relabel: []};

/** Looks at what this host's kernel offers. */
export function startLabels(spec: SandboxSpec, {domainType, isLocal, accept}: StartLabelsOptions): StartLabels {
	const {selinux, apparmor} = findHostLabels();
	const {security, mounts} = spec;
	const asks = selinux || apparmor || !isLocal || security.mode !== undefined || mounts.some((mount) => mount.type === 'host-bind' && mount.relabel === true);
	return {
		files: selinux && isLocal ? containerFileLabel() : undefined,
		asks,
		async settle(source) {
			if (!asks) return none;
			const {settleLabels} = await import('./settle-labels.ts');
			return settleLabels(spec, source, {domainType, isLocal, accept});
		},
		async check({expected}, domain, reader) {
			if (expected === undefined) return;
			const {checkLabel} = await import('./check-label.ts');
			await checkLabel(expected, domain, reader);
		},
		async relabel({relabel: targets}, owner, options) {
			if (targets.length === 0) return () => Promise.resolve();
			const {relabelForStart} = await import('./relabel/relabel-for-start.ts');
			return relabelForStart(targets, owner, options);
		},
	};
}
