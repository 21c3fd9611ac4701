import {isWithin, pathDepth} from '../../../spec/paths.ts';
import {ioTarget} from '../../guest/root/root-plan.ts';
import {element, type Cause, type Element} from '../../xml/element.ts';
import {comesAfterRun} from '../mounts/refused-mounts.ts';
import type {ContainerLayout, LayoutImage} from './layout.ts';

interface Planned {
	readonly target: string;
	/** Where a guest-bind has it from. */
	readonly shows?: string;
	readonly element: Element;
}

function makeFilesystem(
	type: 'mount' | 'bind' | 'ram' | 'file',
	source: Readonly<Record<string, string | number>>,
	target: string,
	readonly: boolean,
	cause: Cause,
	driver?: Element,
): Element {
	return element(
		'filesystem',
		{type, accessmode: type === 'mount' ? 'passthrough' : undefined},
		[driver, element('source', source), element('target', {dir: target}), readonly && element('readonly')],
		cause,
	);
}

function makeImage(image: LayoutImage): Element {
	const driver = element('driver', image.format === 'raw' ? {type: 'loop', format: 'raw'} : {type: 'nbd', format: image.format});
	return makeFilesystem('file', {file: image.source}, image.target, image.readonly, image.cause, driver);
}

/**
 * What is mounted later lies above. So what holds the sandbox's own comes last: a mount that is led there, by who may write to the
 * directory of its mount point, lies beneath it. A guest-bind shows what lies at its source by then, without what lies below that.
 */
function turnOf({target, shows}: Planned): number {
	if (isWithin(target, ioTarget)) return 4;
	return (comesAfterRun({target, shows}) ? 2 : 0) + (shows === undefined ? 0 : 1);
}

/** The `<filesystem>` elements in the order that libvirt is to mount them: the root, then parents before children. */
export function makeFilesystems(layout: ContainerLayout, isMapped: boolean): Element[] {
	// With mapped ids ours belong to nobody in the guest, and libvirt could not always make them read-only.
	const isOursReadonly = !isMapped;
	const planned: Planned[] = [
		...layout.binds.map((bind) => ({target: bind.target, element: makeFilesystem('mount', {dir: bind.source}, bind.target, bind.readonly, bind.cause)})),
		...(layout.hides ?? []).map((hide) => ({
			target: hide.target,
			element: makeFilesystem('mount', {dir: `${layout.ioDirectory}/empty-${hide.of}`}, hide.target, isOursReadonly, hide.cause),
		})),
		...layout.rams.map((ram) => ({
			target: ram.target,
			element: makeFilesystem('ram', {usage: ram.sizeKiB, units: 'KiB'}, ram.target, ram.readonly, ram.cause),
		})),
		...(layout.images ?? []).map((image) => ({target: image.target, element: makeImage(image)})),
		...(layout.guestBinds ?? []).map((bind) => ({
			target: bind.target,
			shows: bind.source,
			element: makeFilesystem('bind', {dir: bind.source}, bind.target, bind.readonly, bind.cause),
		})),
		{
			target: ioTarget,
			element: makeFilesystem('mount', {dir: layout.ioDirectory}, ioTarget, isOursReadonly, {
				kind: 'backend',
				text: "the sandbox's init and pipes",
			}),
		},
	];
	const root = makeFilesystem('mount', {dir: layout.rootDirectory}, '/', isOursReadonly, {
		kind: 'backend',
		text: "read-only root with the host's top-level directories",
	});
	const inOrder = planned.toSorted((a, b) => turnOf(a) - turnOf(b) || pathDepth(a.target) - pathDepth(b.target));
	return [root, ...inOrder.map((mount) => mount.element)];
}
