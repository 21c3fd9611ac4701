import type {Dirent} from 'node:fs';
import {basename} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {isWithin, pathDepth} from '../../../spec/paths.ts';
import type {Hide, Mount, SandboxSpec} from '../../../spec/types.ts';
import type {ClosedPlace} from '../../host/mounts/closed-places.ts';
import {visibleOf, type KnownMount} from '../../host/mounts/mount-table.ts';
import {listWithin} from '../../host/files/root-directory.ts';
import type {UnseenPlace} from '../../host/mounts/unseen-places.ts';
import type {Ways} from '../../host/mounts/waiting-mounts.ts';
import {coverClosed, coverMasked, isInReach, viewsOf} from './cover-closed.ts';
import {addFreshRams, renewFreshRams} from './fresh-rams.ts';
import {checkShown, type ShownPlace} from './guest-binds.ts';
import {addMount, coverOf, kindAt, walk, type GuestMount, type GuestTree} from './guest-tree.ts';
import {requireFirmWay, requireOpen} from './locate-in-root.ts';
import {noteShown} from './note-shown.ts';
import {pinWays} from './pin-ways.ts';
import {planHide} from './plan-hide.ts';
import {settleMapped} from './mapped-mounts.ts';
import {kindOfFile, requireBindSource, requireImage, requireSameKind} from './mount-kinds.ts';
import {addNestedMounts, isAutomounter, visibleMounts} from './nested-mounts.ts';
import {ioTarget, rootBase, type RootPlan} from './root-plan.ts';
import {takeEntries} from './take-entries.ts';

/** libvirt mounts these itself, or we do. */
const ofSandbox = ['proc', 'sys', 'dev', 'run'];
/** What the guest sees there is never the host's. */
const covers = [...ofSandbox, 'tmp'];
/** Never taken from the host: libvirt makes .oldroot for itself. */
const skipped = ['.oldroot', 'lost+found'];

/** What of the host a root does not show. */
interface RootSecrets extends Ways {
	readonly closed?: readonly ClosedPlace[];
	/** Where all that is in file systems, which the host may have mounted twice. */
	readonly unseen?: readonly UnseenPlace[];
	/** What of /proc libvirt is to make read-only. */
	readonly settings?: readonly string[];
	/** The mounts of this process, where the plan is made of those of another one. */
	readonly ownTable?: readonly KnownMount[];
}

/** Plans a guest's root from the host's (or from the directory `spec.root`), of a spec with settled sources; reads directories, changes nothing. */
export function planRoot(
	spec: SandboxSpec,
	mountTable: readonly KnownMount[],
	temporary: (mount: Mount) => string,
	{closed = [], unseen = [], settings = [], ownTable = mountTable, isFirm, isOthers = () => false, mayAsk}: RootSecrets = {},
): RootPlan {
	const base = rootBase(spec);
	const hostMounts = visibleOf(mountTable).map(({mountPoint}) => mountPoint);
	const guest: GuestTree = {base, top: new Map(), mounts: new Map(), hostMounts, ...(isFirm && {isFirm}), ...(mayAsk && {mayAsk})};
	const covered = covers.map((name) => `${base}/${name}`);
	const ofRoot = ({mountPoint}: KnownMount): boolean =>
		mountPoint !== '/' && mountPoint.startsWith(`${base}/`) && !covered.some((path) => isWithin(mountPoint, path));
	const table = visibleMounts(mountTable.filter(ofRoot), {base, unseen, isOthers});
	const split = spec.idmap === undefined ? [] : table;
	const automounters = table.filter((mount) => isAutomounter(mount, {base})).map(({mountPoint}) => basename(mountPoint));
	const entries = readTop(base, spec.root).filter(({name}) => !skipped.includes(name) && !automounters.includes(name));
	for (const path of automounters) guest.top.set(path, {kind: 'directory', path});
	const shut = takeEntries(guest, entries, {directory: '', split});
	for (const name of ofSandbox) {
		// A link there would lead what is mounted elsewhere.
		guest.mounts.delete(`/${name}`);
		guest.top.set(name, {kind: 'directory', path: name});
	}
	for (const name of covers) if (!guest.top.has(name)) guest.top.set(name, {kind: 'directory', path: name});

	const isClosed = ({mountPoint}: KnownMount): boolean => shut.some((directory) => isWithin(mountPoint, directory));
	const shutOut = table.filter(isClosed).map(({mountPoint}) => mountPoint.slice(base.length));
	const lacked = addNestedMounts(guest, {table: table.filter((mount) => !isClosed(mount)), split, unseen, isOthers});
	addFreshRams(guest, spec);
	for (const path of settings) addMount(guest, {kind: 'guest-bind', target: path, source: path, readonly: true, cause: undefined});
	const byDepth = spec.mounts.toSorted((a, b) => pathDepth(a.target) - pathDepth(b.target));
	const shown: ShownPlace[] = [];
	const hides: Hide[] = [];
	for (const mount of byDepth) {
		if (mount.type === 'hide') {
			hides.push(mount);
			continue;
		}
		// Checks the source first of all.
		const made = guestMount(mount, temporary);
		const known = guest.top.size;
		const target = resolveTarget(guest, mount);
		const isNew = guest.top.size > known;
		const kind = isNew ? undefined : kindAt(guest, target);
		if (mount.type === 'guest-bind') shown.push({mount, target, kind, isNew});
		else requireSameKind(mount, kind);
		addMount(guest, {...made, target});
	}
	renewFreshRams(guest, spec);
	// Last, so that nothing which is mounted by another name brings something hidden back.
	for (const mount of hides) addMount(guest, planHide(guest, mount));
	const loose = [...coverClosed(guest, spec.idmap === undefined ? closed : closed.filter(isInReach)), ...coverMasked(guest, lacked.masked)];
	for (const place of shown) checkShown(guest, place);
	pinWays(guest);
	const ofPipes = coverOf(guest, ioTarget);
	if (ofPipes?.kind !== 'ram' || ofPipes.readonly) {
		throw new ShellError('refused', `${ioTarget} holds the sandbox's own pipes: nothing but a writable ram can be mounted at /run`, {
			hint: 'Mount below /run, as at /run/NAME',
		});
	}
	const settled = spec.idmap === undefined ? {mounts: [...guest.mounts.values()], hidden: []} : settleMapped([...guest.mounts.values()], mountTable);
	return {
		base,
		skeleton: [...guest.top.values()],
		mounts: inOrder(noteShown(settled.mounts, ownTable)),
		hostMounts,
		hidden: [...shutOut, ...lacked.hidden, ...settled.hidden],
		loose: viewsOf(guest, loose),
	};
}

function readTop(base: string, root: string): Dirent[] {
	try {
		return listWithin(base, '/');
	} catch (cause) {
		if (cause instanceof ShellError) throw cause;
		throw new ShellError('not-found', `There is no directory ${root} that can be read and used as the root`, {
			hint: 'Give --root a directory with a system in it',
			cause,
		});
	}
}

function guestMount(mount: Exclude<Mount, Hide>, temporary: (mount: Mount) => string): GuestMount {
	const {target, readonly} = mount;
	switch (mount.type) {
		case 'host-bind':
			if (mount.source !== undefined) requireBindSource(mount.source);
			return {kind: 'bind', target, source: mount.source ?? temporary(mount), readonly, cause: mount};
		case 'host-image': {
			const {source, format, chain} = mount;
			return {kind: 'image', target, source, format, chain, fileSystems: requireImage(mount), readonly, cause: mount};
		}
		case 'guest-bind':
			return {kind: 'guest-bind', target, source: mount.source, readonly, cause: mount};
		case 'ram':
			return {kind: 'ram', target, sizeKiB: mount.sizeKiB, readonly, mode: mount.mode ?? 0o1777, uid: mount.uid ?? 0, gid: mount.gid ?? 0, cause: mount};
		case 'overlay':
			throw new ShellError('refused', `A container cannot mount an overlay at ${target}`, {hint: 'Use a machine (--backend machine), or a host-bind'});
	}
}

/** The place of a user's mount with the links of the host's directories followed. Makes a mount point in the skeleton at the top level; refuses what would need a write to the host. */
function resolveTarget(guest: GuestTree, mount: Exclude<Mount, Hide>): string {
	const {target, found, parent, rest, links} = walk(guest, mount.target);
	requireOpen(mount.target, target);
	requireFirmWay(guest, {path: mount.target, target, links});
	if (found !== 'missing') return target;
	const [part = '', ...later] = rest;
	if (parent !== '') {
		throw new ShellError('refused', `The mount point ${mount.target} does not exist, and making it would write to the host`, {
			hint: `Make it on the host, mount below a ram mount (ram:${parent}=…), or choose a top-level directory`,
		});
	}
	if (later.length > 0) {
		throw new ShellError('refused', `The mount point ${mount.target} does not exist`, {hint: `Mount a ram at /${part} first: ram:/${part}=16M`});
	}
	guest.top.set(part, {kind: isFileSource(mount) ? 'file' : 'directory', path: part});
	return target;
}

function isFileSource(mount: Mount): boolean {
	return mount.type === 'host-bind' && mount.source !== undefined && kindOfFile(mount.source) === 'file';
}

/** Parents before what lies below them, a guest-bind after what it shows, and what lies in that after it. */
function inOrder(mounts: readonly GuestMount[]): GuestMount[] {
	const binds = mounts.filter(({kind}) => kind === 'guest-bind');
	const turnOf = (mount: GuestMount): number => {
		const around = binds.filter((bind) => bind !== mount && isWithin(mount.target, bind.target));
		return around.length * 2 + (mount.kind === 'guest-bind' ? 1 : 0);
	};
	const turns = new Map(mounts.map((mount) => [mount, turnOf(mount)]));
	return mounts.toSorted((a, b) => (turns.get(a) ?? 0) - (turns.get(b) ?? 0) || pathDepth(a.target) - pathDepth(b.target));
}
