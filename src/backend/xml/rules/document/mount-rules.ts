import type {ScannedElement} from '../../scan/scanned.ts';
import {childOf, valueOf} from '../domain-view.ts';
import {setValue, takeElement} from '../edits.ts';
import {containers, type Rule} from '../rule.ts';

/** What a container mounts. */
export const mountRules: readonly Rule[] = [
	{
		id: 'mount-hidden',
		drivers: containers,
		level: 'warning',
		about: 'Mounts are made in the order of the document: a later one over the same place, or around it, hides an earlier one.',
		*find({all}) {
			const filesystems = all('devices/filesystem');
			for (const [index, filesystem] of filesystems.entries()) {
				const target = childOf(filesystem, 'target');
				const place = placeOf(filesystem);
				const later = filesystems.slice(index + 1).find((other) => placeOf(other) !== '/' && isWithin(place, placeOf(other)));
				if (target === undefined || place === undefined || later === undefined) continue;
				const other = placeOf(later) ?? '';
				yield {
					at: target,
					attribute: 'dir',
					culprit: other === place ? place : `${place} before ${other}`,
					message: `A later mount of ${other} hides ${other === place ? 'this one' : place}: mounts are made in the order of the document`,
					cure: other === place ? 'take one out' : `put it after ${other}`,
				};
			}
		},
	},
	{
		id: 'mount-not-absolute',
		drivers: containers,
		level: 'warning',
		about: 'The target of a mount in a container is an absolute path.',
		*find({all}) {
			for (const target of all('devices/filesystem/target')) {
				const dir = valueOf(target, 'dir') ?? '';
				if (dir.startsWith('/')) continue;
				yield {at: target, attribute: 'dir', message: `'${dir}' is no absolute path`, cure: `dir='/${dir}'`, edits: setValue(target, 'dir', `/${dir}`)};
			}
		},
	},
	{
		id: 'container-mount-type',
		drivers: containers,
		level: 'error',
		about: 'A container mounts directories, files, block devices and ram; it has no templates or volumes.',
		*find({all}) {
			for (const at of all('devices/filesystem')) {
				const type = valueOf(at, 'type') ?? 'mount';
				if (['template', 'volume'].includes(type))
					yield {at, attribute: 'type', message: `A container mounts no ${type}`, cure: "type='mount' with <source dir='…'/>"};
				const driver = childOf(at, 'driver');
				const name = valueOf(driver, 'type') ?? '';
				if (driver !== undefined && name === 'loop' && !['raw', undefined].includes(valueOf(driver, 'format'))) {
					yield {
						at: driver,
						attribute: 'format',
						message: `A loop device reads raw images, no '${valueOf(driver, 'format')}'`,
						cure: "type='nbd'",
						edits: setValue(driver, 'type', 'nbd'),
					};
				}
			}
		},
	},
	{
		id: 'driver-of-machine',
		drivers: containers,
		level: 'warning',
		about: 'virtiofs, path and handle are drivers of machines: a container mounts as ever.',
		*find({all}) {
			for (const driver of all('devices/filesystem/driver')) {
				const name = valueOf(driver, 'type') ?? '';
				if (!['virtiofs', 'path', 'handle', 'mtp'].includes(name)) continue;
				yield {
					at: driver,
					attribute: 'type',
					message: `The driver '${name}' has no effect on a container`,
					cure: 'take it out',
					edits: takeElement(driver),
				};
			}
		},
	},
	{
		id: 'container-access-mode',
		drivers: containers,
		level: 'warning',
		about: 'A container has its files as they are: accessmode is passthrough.',
		*find({all}) {
			for (const at of all('devices/filesystem')) {
				const mode = valueOf(at, 'accessmode');
				if (mode !== 'mapped' && mode !== 'squash') continue;
				yield {
					at,
					attribute: 'accessmode',
					message: `accessmode='${mode}' has no effect on a container`,
					cure: "accessmode='passthrough', and <idmap> for other owners",
					edits: setValue(at, 'accessmode', 'passthrough'),
				};
			}
		},
	},
	{
		id: 'root-not-first',
		drivers: containers,
		level: 'info',
		isOfLack: true,
		about: "A container with no mount of / has the host's root, and may write all of it.",
		*find({root, all}) {
			const filesystems = all('devices/filesystem');
			const devices = childOf(root, 'devices');
			if (devices === undefined || filesystems.some((each) => placeOf(each) === '/')) return;
			yield {
				at: devices,
				culprit: '<devices>',
				message: "No mount has the target '/': the container writes the host's root",
				cure: "<filesystem type='mount'><source dir='/'/><target dir='/'/><readonly/></filesystem> as the first one",
			};
		},
	},
];

function placeOf(filesystem: ScannedElement): string | undefined {
	const dir = valueOf(childOf(filesystem, 'target'), 'dir');
	return dir === undefined || dir === '/' ? dir : dir.replace(/\/+$/, '');
}

/** Whether a place is another one, or below it. */
function isWithin(place: string | undefined, other: string | undefined): boolean {
	return place !== undefined && other !== undefined && other !== '' && (place === other || place.startsWith(other === '/' ? other : `${other}/`));
}
