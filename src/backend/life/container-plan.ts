import {existsSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {formatMount} from '../../spec/parse-mount.ts';
import {formatDisk} from '../../spec/parse-disk.ts';
import type {Disk, Mount, Network, SandboxSpec} from '../../spec/types.ts';
import {isWithin} from '../../spec/paths.ts';
import {validateSpec} from '../../spec/validate-spec.ts';
import type {ContainerLayout, LayoutBind, LayoutDisk} from '../domain/container/layout.ts';
import {diskName, makeContainerDomain} from '../domain/container/make-container-domain.ts';
import {makeEnvironment} from '../guest/command-environment.ts';
import type {Identity, SessionPlan} from '../guest/command-file.ts';
import {makeEndMark} from '../guest/end-mark.ts';
import {planResolver, resolverFile, type ResolverPlan} from '../guest/network-script.ts';
import {ioTarget, locateInRoot, planRoot, type GuestMount, type RootPlan} from '../guest/root-plan.ts';
import {inspectImage} from '../guest/machine/image-format.ts';
import type {DiskPlan, IncludePlan} from '../guest/setup-script.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import {systemCallFilter} from '../guest/system-call-filter.ts';
import {openHostFacts} from '../host/host-facts.ts';
import type {ProcessIdentity} from '../host/process-identity.ts';
import {bringTools, useHostTools, type GuestTools, type HostTools} from '../host/tools.ts';
import {resolveAccount, type Account} from '../host/users.ts';
import type {Plan, StartOptions} from '../types.ts';
import type {Cause, Element} from '../xml/element.ts';
import {writeXml} from '../xml/write-xml.ts';
import {assignConsoles, type Consoles} from './running-sandbox.ts';

/** All that is known of a container before anything is made for it. */
export interface ContainerPlan {
	readonly spec: SandboxSpec;
	readonly uri: string;
	readonly account: Account;
	readonly environment: Readonly<Record<string, string>>;
	readonly root: RootPlan;
	readonly hostTools: HostTools;
	/** The filter of system calls; undefined: none can be loaded here. */
	readonly filter: Buffer | undefined;
	readonly tools: GuestTools;
	/** Empty files and directories of `io` that something is mounted on: tools and includes. */
	readonly placeholders: ReadonlyArray<{readonly name: string; readonly source: string; readonly isDirectory: boolean}>;
	readonly includes: readonly IncludePlan[];
	readonly networks: readonly Network[];
	readonly disks: ReadonlyArray<DiskPlan & LayoutDisk>;
	/** Where the guest's resolver looks; undefined: not ours to set. */
	readonly resolver: ResolverPlan | undefined;
	/** Mounts whose source is a temporary directory, in order. */
	readonly temporary: readonly Mount[];
	readonly consoles: Consoles;
	readonly notices: Plan['notices'];
}

/** Stands for the path of a temporary directory until the state directory has one. */
const temporaryScheme = 'temporary:';

/** Checks a spec against this host. Reads, changes nothing; a fault is a ShellError. */
export function planContainer(spec: SandboxSpec, uri: string, options: Pick<StartOptions, 'caller' | 'host'>): ContainerPlan {
	validateSpec(spec);
	if (spec.command.length === 0) throw new ShellError('usage', 'There is no command to run');
	const {caller, host = openHostFacts()} = options;
	const base = spec.root === '/' ? '' : spec.root;
	const account = resolveAccount(spec.user, caller, host.accounts(base));
	if (caller.uid !== 0 && account.uid !== caller.uid) {
		// Its pipes have to be that user's.
		throw new ShellError('refused', 'Only root can run the command of a container as another user', {hint: 'Leave the user out, or run it as root'});
	}
	const temporary: Mount[] = [];
	const root = planRoot(spec, host.mountTable(), (mount) => `${temporaryScheme}${temporary.push(mount) - 1}`);
	const hostTools = host.tools();
	const tools = hasHostPrograms(spec, root) ? useHostTools(hostTools) : bringTools(hostTools, ioTarget);
	const includes = planIncludes(spec, root);
	const placeholders = [
		...tools.brought.map(({name, source}) => ({name, source, isDirectory: false})),
		...includes.map(({name, source}) => ({name, source, isDirectory: statSync(source).isDirectory()})),
	];
	const filter = hostTools.loadsFilters ? systemCallFilter(process.arch) : undefined;
	const notices: Array<Plan['notices'][number]> = root.hidden.map((path) => ({
		level: 'info',
		code: 'hidden-mount',
		message: `The sandbox does not see what is mounted at ${path}`,
	}));
	const [program = ''] = spec.command;
	if (spec.cwd === undefined && program.includes('/') && !program.startsWith('/')) {
		const {mount, target} = locateInRoot(root, caller.cwd, base);
		if (mount?.kind === 'ram' && target !== mount.target) {
			const message = `The sandbox has a ${mount.target} of its own, without ${caller.cwd}: add -m host-bind:${target}=${caller.cwd}`;
			notices.push({level: 'warning', code: 'hidden-directory', message});
		}
	}
	if (filter === undefined) {
		const message =
			'System calls are not filtered, so root in the sandbox may reach control groups and keys of the host: that needs setpriv of util-linux 2.41';
		notices.push({level: 'warning', code: 'call-filter', message});
	}
	return {
		spec,
		uri,
		account,
		environment: makeEnvironment(account, caller, spec.user.kind === 'caller', spec.environment),
		root,
		hostTools,
		filter,
		tools,
		placeholders,
		includes,
		networks: spec.networks,
		disks: spec.disks.map(planDisk),
		resolver: spec.networks.length === 0 ? undefined : planResolver(root, base),
		temporary,
		consoles: assignConsoles(spec),
		notices,
	};
}

/** Whether the guest has the host's own programs and libraries where the host has them. */
function hasHostPrograms(spec: SandboxSpec, root: RootPlan): boolean {
	const needed = ['/usr/bin', '/usr/sbin', '/usr/lib', '/usr/lib64', '/bin', '/lib', '/lib64'];
	return (
		spec.root === '/' &&
		!root.mounts.some(({cause, target}) => cause !== undefined && needed.some((directory) => isWithin(target, directory) || isWithin(directory, target)))
	);
}

/** What has to be copied, and the places of the guest without links. */
function planIncludes(spec: SandboxSpec, root: RootPlan): Array<IncludePlan & {readonly source: string}> {
	return spec.includes.map(({guest, host}, index) => {
		if (!existsSync(host)) throw new ShellError('not-found', `The host has no ${host} to include`, {hint: 'Look at the path'});
		const {mount, target} = locateInRoot(root, guest, spec.root === '/' ? '' : spec.root);
		return {name: `include-${index}`, source: host, mountPoint: mount?.target ?? '/', target};
	});
}

function planDisk(disk: Disk, index: number): DiskPlan & LayoutDisk {
	if (!existsSync(disk.source)) throw new ShellError('not-found', `The host has no ${disk.source}`, {hint: 'Look at the path'});
	const {format} = inspectImage(disk.source, disk.format);
	return {
		tag: disk.tag,
		node: diskName(index),
		source: disk.source,
		format,
		readonly: disk.readonly,
		cause: {kind: 'option', text: `disk ${formatDisk(disk)}`},
	};
}

function bindOnPlaceholder({name, source}: ContainerPlan['placeholders'][number]): LayoutBind {
	const cause: Cause = {kind: 'backend', text: name.startsWith('include') ? `include ${source}: to be copied from` : "the init's own tools"};
	return {source, target: `${ioTarget}/${name}`, readonly: true, cause};
}

/** With a network the guest has name servers of its own, not the host's. */
function bindResolver({resolver}: ContainerPlan, state: StateDirectory): LayoutBind[] {
	if (resolver?.kind !== 'bind') return [];
	const cause: Cause = {kind: 'backend', text: 'network: name servers of its own'};
	return [{source: join(state.io, resolverFile), target: resolver.target, readonly: true, cause}];
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
	const layout: ContainerLayout = {
		id: state.id,
		name,
		uuid,
		rootDirectory: state.root,
		ioDirectory: state.io,
		init: `${ioTarget}/init`,
		binds: [...mounts.filter((mount) => mount.kind === 'bind'), ...plan.placeholders.map(bindOnPlaceholder), ...bindResolver(plan, state)],
		rams: mounts.filter((mount) => mount.kind === 'ram'),
		guestBinds: mounts.filter((mount) => mount.kind === 'guest-bind'),
		images: mounts.filter((mount) => mount.kind === 'image'),
		consoles: plan.consoles.count,
		disks: plan.disks,
		seclabels,
		metadata: {spec: plan.spec, id: state.id, stateDirectory: state.path, owner},
	};
	return makeContainerDomain(plan.spec, layout);
}

function resolveSource(source: string, temporary: readonly string[]): string {
	return source.startsWith(temporaryScheme) ? (temporary[Number(source.slice(temporaryScheme.length))] ?? source) : source;
}

function causeOf(mount: GuestMount): Cause {
	if (mount.cause !== undefined) return {kind: 'option', text: `mount ${formatMount(mount.cause)}`};
	if (mount.kind === 'guest-bind') return {kind: 'default', text: "default: settings of the host's kernel are read-only"};
	return mount.kind === 'ram'
		? {kind: 'default', text: 'default: fresh, and what the host has there is hidden'}
		: {kind: 'default', text: 'default: read-only view of the host'};
}

/** The first session of a container. */
export function planFirstSession(plan: ContainerPlan, options: Pick<StartOptions, 'caller' | 'size'>): SessionPlan {
	const {spec, account, environment, tools} = plan;
	const {uid, gid, groups} = account;
	const identity: Identity = {uid, gid, groups};
	const home = environment['HOME'] ?? '/';
	const tty = plan.consoles.command;
	return {
		number: 0,
		words: spec.command,
		environment,
		directories: spec.cwd === undefined ? [options.caller.cwd, home] : [spec.cwd],
		directoryRequired: spec.cwd !== undefined,
		identity,
		terminal: tty === undefined ? undefined : {tty, mark: makeEndMark(), rows: options.size?.rows ?? 24, columns: options.size?.columns ?? 80},
		hold: options.caller.uid !== 0,
		tools,
	};
}

/** Where a plan's state would be, for a look at its XML. */
export function imaginaryState(base: string): StateDirectory {
	const path = join(base, '00000000');
	return {id: '00000000', path, root: join(path, 'root'), io: join(path, 'io')};
}
