import {childOf, repeated, valueOf} from '../domain-view.ts';
import {setValue, takeAttribute} from '../edits.ts';
import {machines, type Rule} from '../rule.ts';

/** What a machine shares with its host. */
export const shareRules: readonly Rule[] = [
	{
		id: 'share-twice',
		drivers: machines,
		level: 'warning',
		about: 'Each share of a machine has a tag of its own.',
		*find({all}) {
			for (const [target] of repeated(all('devices/filesystem/target'), (each) => valueOf(each, 'dir'))) {
				yield {
					at: target,
					attribute: 'dir',
					message: `Two shares have the tag '${valueOf(target, 'dir')}': the guest finds one of them`,
					cure: 'another tag',
				};
			}
		},
	},
	{
		id: 'share-type',
		drivers: machines,
		level: 'error',
		about: 'A machine has shares of the type mount.',
		*find({all}) {
			for (const at of all('devices/filesystem')) {
				const type = valueOf(at, 'type') ?? 'mount';
				if (type !== 'mount')
					yield {at, attribute: 'type', message: `A machine has no filesystem of the type '${type}'`, cure: "type='mount' with <source dir='…'/>"};
			}
		},
	},
	{
		id: 'share-needs-shared-memory',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: "virtiofs needs <memoryBacking> with <access mode='shared'/>.",
		*find({root, one, all}) {
			const isShared =
				valueOf(one('memoryBacking/access'), 'mode') === 'shared' || all('cpu/numa/cell').some((cell) => valueOf(cell, 'memAccess') === 'shared');
			const driver = all('devices/filesystem/driver').find((each) => valueOf(each, 'type') === 'virtiofs');
			if (driver === undefined || isShared) return;
			const backing = one('memoryBacking');
			const os = one('os');
			const words = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>";
			yield {
				at: driver,
				attribute: 'type',
				message: "virtiofs needs memory that is shared: <memoryBacking> with <access mode='shared'/>",
				cure: words,
				edits:
					backing === undefined && os !== undefined && root.children.includes(os)
						? [{start: os.start, end: os.start, text: `${words}\n  `}]
						: undefined,
			};
		},
	},
	{
		id: 'share-access-mode',
		drivers: machines,
		level: 'error',
		about: 'virtiofs passes owners through; fmode and dmode go with accessmode mapped.',
		*find({all}) {
			for (const at of all('devices/filesystem')) {
				const mode = valueOf(at, 'accessmode');
				if (valueOf(childOf(at, 'driver'), 'type') === 'virtiofs' && !['passthrough', undefined].includes(mode)) {
					yield {
						at,
						attribute: 'accessmode',
						message: `virtiofs has no accessmode '${mode}'`,
						cure: "accessmode='passthrough'",
						edits: setValue(at, 'accessmode', 'passthrough'),
					};
				}
				for (const name of ['fmode', 'dmode']) {
					if (valueOf(at, name) !== undefined && mode !== 'mapped')
						yield {at, attribute: name, message: `'${name}' goes with accessmode='mapped'`, cure: 'take it out', edits: takeAttribute(at, name)};
				}
			}
		},
	},
	{
		id: 'share-tag-long',
		drivers: machines,
		level: 'error',
		about: 'The tag of a share has at most 31 bytes by 9p, and 36 by virtiofs.',
		*find({all}) {
			for (const target of all('devices/filesystem/target')) {
				const most = valueOf(childOf(target.parent, 'driver'), 'type') === 'virtiofs' ? 36 : 31;
				const dir = valueOf(target, 'dir') ?? '';
				if (Buffer.byteLength(dir) > most)
					yield {
						at: target,
						attribute: 'dir',
						message: `The tag of a share has at most ${most} bytes`,
						cure: 'a shorter one: the guest mounts it where it likes',
					};
			}
		},
	},
];
