import {homedir} from 'node:os';
import {ShellError} from '../../../core/errors.ts';
import {isWithin} from '../../../spec/paths.ts';
import type {Plan} from '../../types.ts';
import type {RelabelTarget} from '../settle-labels.ts';
import {explainLabelFault, listLabels, type LabelledFile, type LabelledTree} from './run-label-script.ts';

/** What is to be relabelled below one source, and what is left alone. */
export interface RelabelPlan {
	/** Its source has no links in it. */
	readonly target: RelabelTarget;
	readonly identity: string;
	/** All that are to have the label, those that have it already too. */
	readonly files: readonly LabelledFile[];
	readonly leftAlone: {
		/** Symbolic links that lead out of the source. */
		readonly links: number;
		readonly mounts: readonly string[];
		/** Files with a further name outside of the source. */
		readonly shared: number;
		/** Owner only: files that run with their owner's rights. */
		readonly setuid: number;
	};
}

/** Directories that the host lives by: with a sandbox's label on them, it would not. */
const ofTheHost =
	/^(?:\/|\/(?:bin|boot|dev|etc|home|lib|lib32|lib64|libx32|lost\+found|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)|\/(?:boot|dev|etc|lib|lib64|proc|sys|usr)\/.*|\/(?:var\/)?home\/[^/]+|\/var\/(?:home|roothome)|\/run\/user\/[^/]+|\/var\/(?:cache|lib|lib\/[^/]+|local|lock|log|mail|opt|run|spool|tmp))$/;

/** Lists what relabelling would change; changes nothing. Refuses the host's own directories. */
export async function planRelabel(targets: readonly RelabelTarget[], signal?: AbortSignal): Promise<RelabelPlan[]> {
	for (const {source} of targets) refuseHostDirectory(source);
	const plans: RelabelPlan[] = [];
	for (const [index, target] of targets.entries()) {
		const isCovered = targets.some(
			(other, place) => place !== index && isWithin(target.source, other.source) && (other.source !== target.source || place < index),
		);
		if (isCovered) continue;
		const tree = await listLabels(target.source, {attribute: target.attribute, signal});
		if (tree.unread !== undefined) throw explainLabelFault(target.source, tree.unread);
		plans.push(makePlan(target, tree));
	}
	return plans;
}

function refuseHostDirectory(source: string): void {
	if (ofTheHost.test(source) || source === homedir()) {
		throw new ShellError('refused', `relabel=yes is refused for ${source}: the host itself needs the labels there`, {
			hint: 'Put what the sandbox needs into a directory of its own',
		});
	}
}

function makePlan(target: RelabelTarget, {identity, files, links, mounts}: LabelledTree): RelabelPlan {
	const isShared = sharedIn(files);
	const isSetuid = (file: LabelledFile): boolean => target.attribute === 'owner' && file.kind === 'file' && (file.mode & 0o6000) !== 0;
	return {
		target,
		identity,
		files: files.filter((file) => !isShared(file) && !isSetuid(file)),
		leftAlone: {links: links.length, mounts, shared: files.filter(isShared).length, setuid: files.filter(isSetuid).length},
	};
}

/** Which files of a tree have names outside of it, too. */
export function sharedIn(tree: readonly LabelledFile[]): (file: LabelledFile) => boolean {
	const names = new Map<string, number>();
	for (const {inode, kind} of tree) if (kind === 'file') names.set(inode, (names.get(inode) ?? 0) + 1);
	return ({inode, kind, links}) => kind === 'file' && links > (names.get(inode) ?? 0);
}

/** The files whose label changes. */
export function changesOf({files, target}: RelabelPlan): LabelledFile[] {
	return files.filter(({label}) => label !== target.to);
}

/** A plan in one sentence; what is left alone in a second. */
export function describePlan(plan: RelabelPlan): string {
	const {target, leftAlone} = plan;
	const changes = changesOf(plan);
	const from = [...new Set(changes.map(({label}) => label ?? 'none'))];
	const left = [
		...(leftAlone.links === 0 ? [] : [leftAlone.links === 1 ? '1 link that leads out of it' : `${leftAlone.links} links that lead out of it`]),
		...(leftAlone.mounts.length === 0 ? [] : [`what is mounted at ${leftAlone.mounts.slice(0, 3).join(', ')}${leftAlone.mounts.length > 3 ? ', …' : ''}`]),
		...(leftAlone.shared === 0 ? [] : [`${leftAlone.shared} with names elsewhere`]),
		...(leftAlone.setuid === 0 ? [] : [`${leftAlone.setuid} setuid`]),
	];
	const what = changes.length === 1 ? '1 file' : `${changes.length} files`;
	const before = from.length === 0 ? '' : ` (now: ${from.slice(0, 3).join(', ')}${from.length > 3 ? ', …' : ''})`;
	return `${what} at ${target.source} ${changes.length === 1 ? 'gets' : 'get'} the ${target.attribute === 'owner' ? 'owner' : 'label'} ${target.to}${before} until the sandbox ends${left.length === 0 ? '' : `; left alone: ${left.join(', ')}`}`;
}

const mostLines = 20;

/** A plan as the notices of a dry run: the sentence, then file by file. */
export function listPlan(plan: RelabelPlan): Plan['notices'] {
	const changes = changesOf(plan);
	const lines = changes.slice(0, mostLines).map(({name, label}) => {
		const path = name === '' ? plan.target.source : `${plan.target.source}/${Buffer.from(name, 'latin1').toString('utf8')}`;
		return `relabel ${path}: ${label ?? 'none'} -> ${plan.target.to}`;
	});
	const more = changes.length > mostLines ? [`relabel: and ${changes.length - mostLines} more`] : [];
	return [describePlan(plan), ...lines, ...more].map((message) => ({level: 'info', code: 'label-plan', message}));
}
