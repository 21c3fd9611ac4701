import {ShellError} from '../../core/errors.ts';
import {formatSecurity} from '../../spec/parse/parse-security.ts';
import type {Security, SecurityModel} from '../../spec/types.ts';
import type {Capabilities, SecurityModelOffer} from '../host/libvirtd/capabilities.ts';
import {element, type Cause, type Element} from '../xml/element.ts';
import {checkContext, isUnconfined, separatesSandboxes, typeOf} from './selinux-context.ts';

/** Something that a person ought to know about a label. */
export interface SecurityWarning {
	readonly code: string;
	readonly message: string;
	readonly hint: string;
}

/** A security choice, settled for one host. */
interface ResolvedSecurity {
	/** For the end of a `<domain>`; none where the host has no model. */
	readonly seclabels: readonly Element[];
	readonly warnings: readonly SecurityWarning[];
	/** What the sandbox must report once it runs: libvirt and a permissive host take labels that do not hold. Undefined: nothing to compare. */
	readonly expected: {readonly model: SecurityModel; readonly label?: string; readonly type?: string} | undefined;
}

interface SecurityHost {
	readonly capabilities: Capabilities;
	/** `lxc`, `kvm` or `qemu`: base labels differ by it. */
	readonly domainType: string;
	/** The label of this process (`/proc/self/attr/current`), for `inherit`. */
	readonly callerLabel?: string | undefined;
	/** Whether the user has accepted what is unsafe (`--accept`). */
	readonly accept?: boolean | undefined;
}

const modelNames: readonly SecurityModel[] = ['selinux', 'apparmor', 'dac'];

type Offer = SecurityModelOffer & {model: SecurityModel};

/** Settles a security choice against what the host offers; throws where the host lacks what was asked for, or it needs acceptance. */
export function resolveSecurity(security: Security, host: SecurityHost): ResolvedSecurity {
	const offer = chooseModel(security, host.capabilities.securityModels);
	const asked = formatSecurity(security);
	const cause: Cause =
		asked === undefined ? {kind: 'default', text: 'default: a label of its own where the host has labels'} : {kind: 'option', text: `security ${asked}`};
	if (offer === undefined) return withoutModel(security, host.capabilities.securityModels);
	switch (security.mode) {
		case undefined:
		case 'dynamic':
			return resolveDynamic(security, offer, host, cause);
		case 'static':
			if (security.label === undefined) throw new ShellError('usage', 'A static security label needs the label', {hint: 'Write static,label=….'});
			return resolveStatic(security.label, security.relabel === true, offer, host, cause);
		case 'inherit':
			if (host.callerLabel === undefined || host.callerLabel === '') {
				throw new ShellError('unavailable', `This process has no ${offer.model} label that a sandbox could inherit`, {
					hint: 'Use -s dynamic, or -s static,label=….',
				});
			}
			return resolveStatic(host.callerLabel, false, offer, host, cause);
		case 'none': {
			// With `type='none'` relabel must be no.
			const seclabels = host.capabilities.securityModels
				.filter(isKnownModel)
				.map(({model}) => element('seclabel', {type: 'none', model, relabel: 'no'}, [], cause));
			const warning = {
				code: 'security-none',
				message: `The sandbox runs without a label of its own (${offer.model}), as libvirt itself does`,
				hint: 'Leave -s none out to have one.',
			};
			return {seclabels, warnings: [warning], expected: undefined};
		}
		default:
			return security.mode satisfies never;
	}
}

function isKnownModel(offer: SecurityModelOffer): offer is Offer {
	return modelNames.some((name) => name === offer.model);
}

/** The model that was named, else the host's: dac is what QEMU's user is set by, and never a choice by itself. */
function chooseModel(security: Security, offers: readonly SecurityModelOffer[]): Offer | undefined {
	const known = offers.filter(isKnownModel);
	if (security.model === undefined) return known.find(({model}) => model !== 'dac');
	const named = known.find(({model}) => model === security.model);
	if (named === undefined) throw new ShellError('unavailable', `This host has no security model '${security.model}'`, {hint: hasModels(offers)});
	return named;
}

function hasModels(offers: readonly SecurityModelOffer[]): string {
	const names = offers.filter(isKnownModel).map(({model}) => model);
	return names.length === 0 ? 'Its libvirt has none: leave -s out.' : `Its libvirt has ${names.join(', ')}.`;
}

function withoutModel(security: Security, offers: readonly SecurityModelOffer[]): ResolvedSecurity {
	if (security.label !== undefined || security.mode === 'static') {
		throw new ShellError('unavailable', `This host has no security model for the label '${security.label ?? ''}'`, {hint: hasModels(offers)});
	}
	const warning = {
		code: 'security-unavailable',
		message: `libvirt has no security model on this host: '${security.mode}' gives the sandbox no label`,
		hint: 'Turn on SELinux or AppArmor for libvirt, or leave -s out.',
	};
	return {seclabels: [], warnings: security.mode === 'dynamic' || security.mode === 'inherit' ? [warning] : [], expected: undefined};
}

function resolveDynamic(security: Security, offer: Offer, host: SecurityHost, cause: Cause): ResolvedSecurity {
	if (security.relabel === false) {
		throw new ShellError('usage', 'A dynamic security label needs relabel=yes', {hint: 'Use static,relabel=no,label=… instead.'});
	}
	if (offer.model !== 'selinux') {
		if (security.label !== undefined) {
			throw new ShellError('usage', `${offer.model} makes dynamic labels by itself and takes no label for them`, {
				hint: `Use static,model=${offer.model},label=….`,
			});
		}
		return {
			seclabels: [element('seclabel', {type: 'dynamic', model: offer.model, relabel: 'yes'}, [], cause)],
			warnings: [],
			expected: {model: offer.model},
		};
	}
	const hostLabel = offer.baseLabels[host.domainType];
	const label = security.label ?? hostLabel;
	if (label === undefined) {
		throw new ShellError('unavailable', `libvirt gives no SELinux base label for domains of type '${host.domainType}'`, {
			hint: 'Give one: -s dynamic,label=USER:ROLE:TYPE:LEVEL.',
		});
	}
	const warnings = security.label === undefined ? [] : checkSelinux(label, hostLabel, host);
	return {
		seclabels: [element('seclabel', {type: 'dynamic', model: 'selinux', relabel: 'yes'}, [element('baselabel', {}, [label])], cause)],
		warnings,
		// An alias such as svirt_lxc_net_t is reported by its other name, so only the host's own type can be compared.
		expected: {model: 'selinux', type: typeOf(label)},
	};
}

const readBack = 'The label is read back once the sandbox runs.';

/** Checks a label that a person gave: its form, whether it confines at all, and whether the host knows its type for this use. */
function checkSelinux(label: string, hostLabel: string | undefined, host: SecurityHost): SecurityWarning[] {
	checkContext(label);
	const type = typeOf(label);
	if (isUnconfined(type)) {
		if (host.accept !== true) {
			throw new ShellError('refused', `The SELinux type '${type}' does not confine: a sandbox with it reaches everything`, {
				hint: 'Use another type, or add --accept.',
			});
		}
		const message = `The SELinux type '${type}' does not confine the sandbox`;
		return [{code: 'security-unconfined', message, hint: 'Use the type of this host for sandboxes.'}];
	}
	if (hostLabel === undefined || type === typeOf(hostLabel)) return [];
	const message = `The SELinux type '${type}' is not this host's for such sandboxes ('${typeOf(hostLabel)}')`;
	return [{code: 'security-type', message, hint: readBack}];
}

function resolveStatic(label: string, relabel: boolean, offer: Offer, host: SecurityHost, cause: Cause): ResolvedSecurity {
	return {
		seclabels: [element('seclabel', {type: 'static', model: offer.model, relabel: relabel ? 'yes' : 'no'}, [element('label', {}, [label])], cause)],
		warnings: checkStatic(label, offer, host),
		expected: offer.model === 'selinux' ? {model: 'selinux', label, type: typeOf(label)} : {model: offer.model, label},
	};
}

function checkStatic(label: string, {model, baseLabels}: Offer, host: SecurityHost): SecurityWarning[] {
	switch (model) {
		case 'selinux': {
			const warnings = checkSelinux(label, baseLabels[host.domainType], host);
			if (separatesSandboxes(label)) return warnings;
			const message = `The SELinux label '${label}' has no pair of categories: sandboxes with it are not kept apart`;
			return [...warnings, {code: 'security-shared', message, hint: 'End it in a pair of its own, such as :s0:c101,c202.'}];
		}
		case 'apparmor': {
			if (label === 'unconfined' && host.accept !== true) {
				throw new ShellError('refused', "The AppArmor profile 'unconfined' does not confine", {hint: 'Use another profile, or add --accept.'});
			}
			const message = `libvirt enters the sandbox's own profile (libvirt-UUID), not '${label}'`;
			return [{code: 'security-apparmor-static', message, hint: readBack}];
		}
		case 'dac':
			if (/^(\+?\d+|[A-Za-z_][\w.-]*)(:(\+?\d+|[A-Za-z_][\w.-]*))?$/.test(label)) return [];
			throw new ShellError('usage', `'${label}' is not a dac label`, {hint: 'Write USER:GROUP or +UID:+GID.'});
		default:
			return model satisfies never;
	}
}
