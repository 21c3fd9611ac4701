import {isWithin, pathDepth} from '../../../spec/paths.ts';
import {element, type Cause, type Element} from '../../xml/element.ts';
import type {ContainerLayout, LayoutImage} from './layout.ts';

interface Planned {
	readonly target: string;
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

function byDepth(mounts: readonly Planned[]): Planned[] {
	return mounts.toSorted((a, b) => pathDepth(a.target) - pathDepth(b.target));
}

/**
 * The `<filesystem>` elements in the order that libvirt is to mount them: the root, then parents before children. A guest-bind
 * shows what lies at its source when it is mounted, without what lies below that, so it comes after all that is no child of one.
 */
export function makeFilesystems(layout: ContainerLayout, isMapped: boolean): Element[] {
	// With mapped ids ours belong to nobody in the guest, and libvirt could not always make them read-only.
	const isOursReadonly = !isMapped;
	const plain: Planned[] = [
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
		{
			target: '/run/sandbox',
			element: makeFilesystem('mount', {dir: layout.ioDirectory}, '/run/sandbox', isOursReadonly, {
				kind: 'backend',
				text: "the sandbox's init and pipes",
			}),
		},
	];
	const guestBinds = (layout.guestBinds ?? []).map((bind) => ({
		target: bind.target,
		element: makeFilesystem('bind', {dir: bind.source}, bind.target, bind.readonly, bind.cause),
	}));
	const belowGuestBind = (mount: Planned): boolean => guestBinds.some((bind) => isWithin(mount.target, bind.target));
	const root = makeFilesystem('mount', {dir: layout.rootDirectory}, '/', isOursReadonly, {
		kind: 'backend',
		text: "read-only root with the host's top-level directories",
	});
	return [
		root,
		...[...byDepth(plain.filter((mount) => !belowGuestBind(mount))), ...guestBinds, ...byDepth(plain.filter(belowGuestBind))].map((mount) => mount.element),
	];
}
