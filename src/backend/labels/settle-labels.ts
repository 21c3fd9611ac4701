import {ShellError} from '../../core/errors.ts';
import type {HostBind, SandboxSpec, Security} from '../../spec/types.ts';
import {labelTraits} from '../domain/label-traits.ts';
import {resolveSecurity, type SecurityWarning} from '../domain/security.ts';
import {parseCapabilities, type Capabilities} from '../host/libvirtd/capabilities.ts';
import {randomBelow} from '../host/random.ts';
import type {DomainRef} from '../libvirt/index.ts';
import type {Element} from '../xml/element.ts';
import type {ExpectedLabel, LabelReader} from './check-label.ts';
import {canonicalContext, fileLabel, findHostLabels, isPermissive, ownLabel, type HostLabels} from './host-labels.ts';
import {choosePair, isSameContext, levelOf, upperLevel, withLevel} from './levels.ts';

/** All about labels that a start has to know. */
export interface Labels {
	/** For the end of `<domain>`. */
	readonly seclabels: readonly Element[];
	/** To be read back once the sandbox runs; undefined: nothing. */
	readonly expected: ExpectedLabel | undefined;
	readonly warnings: readonly SecurityWarning[];
	/** What host directories or files get which label while the sandbox lives. */
	readonly relabel: readonly RelabelTarget[];
}

/** A file or directory of the host that is to be relabelled with all below it. */
export interface RelabelTarget {
	/** As it was named, until it is settled; then without links. */
	readonly source: string;
	readonly attribute: RelabelAttribute;
	/** A context, or `UID:GID`. */
	readonly to: string;
}
export type RelabelAttribute = 'security.selinux' | 'owner';

/** The part of a connection that labels are settled by. */
export interface LabelSource extends LabelReader {
	getCapabilities(options?: {readonly timeoutMs?: number}): Promise<string>;
	listAllDomains(flags: number): Promise<readonly DomainRef[]>;
}

/** What the host answers, apart from libvirt; tests give their own. */
export interface LabelWorld {
	readonly labels: HostLabels;
	ownLabel(): string;
	/** Of files for domains of a type. */
	fileLabel(domainType: string): string;
	canonical(context: string): {readonly known: boolean; readonly context: string} | undefined;
	permissive(): boolean;
	random(below: number): number;
}

function thisHost(): LabelWorld {
	return {
		labels: findHostLabels(),
		ownLabel,
		fileLabel,
		canonical: canonicalContext,
		permissive: isPermissive,
		random: randomBelow,
	};
}

interface SettleOptions {
	readonly domainType: string;
	readonly isLocal: boolean;
	readonly accept?: boolean | undefined;
	readonly world?: LabelWorld;
}

/** Settles a spec's labels against what libvirt and the host have. Throws where that cannot be had. */
export async function settleLabels(spec: SandboxSpec, source: LabelSource, options: SettleOptions): Promise<Labels> {
	const {domainType, isLocal, accept, world = thisHost()} = options;
	const capabilities = parseCapabilities(await source.getCapabilities({timeoutMs: 20_000}));
	const security = useKnownWords(spec.security, isLocal, world);
	const resolved = resolveSecurity(security, {capabilities, domainType, accept, callerLabel: world.ownLabel()});
	if (resolved.expected?.model === 'apparmor' && resolved.expected.label !== undefined && !labelTraits(domainType).takesProfiles) {
		throw new ShellError(
			'refused',
			`libvirt runs no container under an AppArmor profile that it did not make itself, such as '${resolved.expected.label}'`,
			{
				hint: 'Use -s dynamic: each sandbox then has a profile of its own.',
			},
		);
	}
	const warnings = [...resolved.warnings];
	const isSelinux = resolved.expected?.model === 'selinux';
	const binds = findRelabelled(spec);
	if (isLocal && isSelinux && spec.security.mode !== undefined && world.permissive()) {
		warnings.push({
			code: 'security-permissive',
			message: 'SELinux is permissive on this host: it reports what the label forbids, and allows it',
			hint: 'Turn it on with `setenforce 1`.',
		});
	}
	const fixed = isSelinux ? resolved.expected?.label : undefined;
	if (fixed !== undefined) {
		const sharers = await findSharers(fixed, source);
		if (sharers.length > 0) warnings.push(sharedWith(fixed, sharers));
	}
	if (binds.length === 0) return {...resolved, warnings, relabel: []};
	const owner = resolved.expected?.model === 'dac' ? /^\+?(\d+):\+?(\d+)$/.exec(resolved.expected.label ?? '') : null;
	if (owner !== null) {
		const to = `${owner[1] ?? ''}:${owner[2] ?? ''}`;
		return {...resolved, warnings, relabel: binds.map(({source: path}) => ({source: path, attribute: 'owner', to}))};
	}
	if (!isSelinux) {
		return {...resolved, warnings: [...warnings, relabelsNothing(binds, capabilities)], relabel: []};
	}
	const label = fixed ?? (await pickLabel(security, {capabilities, domainType, source, world}));
	const relabel = binds.map(({source: path}) => ({
		source: path,
		attribute: 'security.selinux' as const,
		to: withLevel(world.fileLabel(domainType), upperLevel(levelOf(label))),
	}));
	if (fixed !== undefined) return {...resolved, warnings, relabel};
	// A pair of libvirt's choice is known too late for the files, so it is one of ours.
	const own = resolveSecurity({mode: 'static', model: 'selinux', label, relabel: false}, {capabilities, domainType, accept});
	const seclabels = own.seclabels.map((seclabel) => ({
		...seclabel,
		cause: {kind: 'option' as const, text: 'relabel=yes: a pair of categories that the files get too'},
	}));
	return {seclabels, expected: own.expected, warnings, relabel};
}

/** The host-binds whose files get the sandbox's label. */
function findRelabelled(spec: SandboxSpec): Array<HostBind & {readonly source: string}> {
	return spec.mounts.flatMap((mount) =>
		mount.type === 'host-bind' && mount.source !== undefined && (mount.relabel ?? spec.security.relabel === true) ? [{...mount, source: mount.source}] : [],
	);
}

/** A label of a person's in the words of the host's policy; one that the policy lacks is refused: libvirt would not notice. */
function useKnownWords(security: Security, isLocal: boolean, world: LabelWorld): Security {
	if (!isLocal || !world.labels.selinux || security.label === undefined || (security.model ?? 'selinux') !== 'selinux') return security;
	const answer = world.canonical(security.label);
	if (answer === undefined) return security;
	if (!answer.known) {
		throw new ShellError('refused', `This host's SELinux policy has no label '${security.label}'`, {
			hint: 'Its parts are USER:ROLE:TYPE:LEVEL, as system_u:system_r:container_t:s0:c101,c202; the type must be one of the policy.',
		});
	}
	return {...security, label: answer.context};
}

async function pickLabel(
	security: Security,
	{capabilities, domainType, source, world}: {capabilities: Capabilities; domainType: string; source: LabelSource; world: LabelWorld},
): Promise<string> {
	const base = security.label ?? capabilities.securityModels.find(({model}) => model === 'selinux')?.baseLabels[domainType] ?? '';
	return withLevel(base, choosePair(Array.from((await readLabels(source)).values()), world.random));
}

/** The labels of all that runs, by name. */
async function readLabels(source: LabelSource): Promise<Map<string, string>> {
	const active = 1;
	const domains = await source.listAllDomains(active);
	const labels = await Promise.all(
		// One that has just gone has none.
		domains.map((domain) => source.getSecurityLabel(domain, {timeoutMs: 10_000}).catch(() => undefined)),
	);
	return new Map(domains.map(({name}, index) => [name, labels[index]?.label ?? '']));
}

async function findSharers(label: string, source: LabelSource): Promise<string[]> {
	const labels = await readLabels(source);
	return [...labels]
		.filter(([, other]) => other !== '' && isSameContext(withLevel(other, upperLevel(levelOf(other))), withLevel(label, upperLevel(levelOf(label)))))
		.map(([name]) => name);
}

function sharedWith(label: string, names: readonly string[]): SecurityWarning {
	const [first = '', ...others] = names;
	return {
		code: 'security-in-use',
		message: `The label '${label}' is in use by '${first}'${others.length === 0 ? '' : ` and ${others.length} more`}: nothing keeps this sandbox from it`,
		hint: 'Choose another pair of categories, or -s dynamic.',
	};
}

function relabelsNothing(binds: readonly HostBind[], capabilities: Capabilities): SecurityWarning {
	const models = capabilities.securityModels.map(({model}) => model);
	const why = models.includes('apparmor')
		? 'AppArmor knows files by their paths'
		: models.includes('selinux')
			? 'the sandbox has no SELinux label'
			: 'libvirt has no security model here';
	return {
		code: 'security-relabel',
		message: `relabel=yes changes nothing at ${binds.map(({target}) => target).join(', ')}: ${why}`,
		hint: 'Leave it out on this host.',
	};
}
