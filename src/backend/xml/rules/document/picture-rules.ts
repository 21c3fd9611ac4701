import {childOf, integerOf, repeated, valueOf} from '../domain-view.ts';
import {setValue, takeAttribute, takeElement} from '../edits.ts';
import {machines, type Rule} from '../rule.ts';

/** Video devices of which there may be a second one. */
const secondary: ReadonlySet<string> = new Set(['qxl', 'virtio', 'none', 'ramfb', 'bochs']);

/** Video, sound and input. */
export const pictureRules: readonly Rule[] = [
	{
		id: 'primary-video',
		drivers: machines,
		level: 'error',
		about: 'One video device is primary; a second one is qxl or virtio; the type none is alone.',
		*find({all}) {
			const found = all('devices/video/model');
			const none = found.find((model) => valueOf(model, 'type') === 'none');
			if (none !== undefined && found.length > 1)
				yield {
					at: none,
					attribute: 'type',
					message: "A video device of the type 'none' is the only one",
					cure: 'take it out',
					edits: takeElement(none.parent ?? none),
				};
			const primaries = found.filter((model) => valueOf(model, 'primary') === 'yes');
			for (const model of primaries.slice(1))
				yield {
					at: model,
					attribute: 'primary',
					message: 'Two video devices are primary',
					cure: 'take it out',
					edits: [
						...(takeAttribute(model, 'primary') ?? []),
						...(secondary.has(valueOf(model, 'type') ?? '') ? [] : setValue(model, 'type', 'virtio')),
					],
				};
			const first = primaries[0] ?? found[0];
			for (const model of found) {
				const type = valueOf(model, 'type') ?? '';
				if (model === first || primaries.includes(model) || secondary.has(type)) continue;
				yield {
					at: model,
					attribute: 'type',
					message: `A video device '${type}' is only the first one`,
					cure: "type='virtio'",
					edits: setValue(model, 'type', 'virtio'),
				};
			}
		},
	},
	{
		id: 'video-memory',
		drivers: machines,
		level: 'error',
		about: 'Video memory is at least 1024 KiB, and 3D is of the model virtio.',
		*find({all}) {
			for (const model of all('devices/video/model')) {
				const vram = integerOf(valueOf(model, 'vram'));
				if (vram !== undefined && vram < 1024 && ['vga', 'vmvga'].includes(valueOf(model, 'type') ?? ''))
					yield {
						at: model,
						attribute: 'vram',
						message: `Video memory of ${vram} KiB is too little`,
						cure: "vram='16384'",
						edits: setValue(model, 'vram', '16384'),
					};
				const acceleration = childOf(model, 'acceleration');
				if (
					acceleration === undefined ||
					valueOf(acceleration, 'accel3d') !== 'yes' ||
					['virtio', 'vmvga', 'vbox'].includes(valueOf(model, 'type') ?? '')
				)
					continue;
				yield {
					at: acceleration,
					attribute: 'accel3d',
					message: '3D is of the video model virtio',
					cure: "take it out, or type='virtio' of the model",
					edits: takeElement(acceleration),
				};
			}
		},
	},
	{
		id: 'sound-without-audio',
		drivers: machines,
		level: 'error',
		isOfLack: true,
		about: 'A sound device names an <audio> that there is, and each has an id of its own.',
		*find({all}) {
			const ids = new Set(all('devices/audio').map((audio) => valueOf(audio, 'id')));
			for (const audio of [...all('devices/sound/audio'), ...all('devices/graphics/audio')]) {
				const id = valueOf(audio, 'id');
				if (id === undefined || ids.has(id) || (ids.size === 0 && id === '1')) continue;
				yield {at: audio, attribute: 'id', message: `There is no <audio id='${id}'>`, cure: `<audio id='${id}' type='none'/> in <devices>`};
			}
			for (const [audio] of repeated(all('devices/audio'), (each) => valueOf(each, 'id'))) {
				yield {at: audio, attribute: 'id', message: `Two <audio> have the id ${valueOf(audio, 'id')}`, cure: 'another id'};
			}
		},
	},
	{
		id: 'input-bus',
		drivers: machines,
		level: 'error',
		about: 'A tablet is on usb or virtio; PS/2 has a mouse and a keyboard.',
		*find({all}) {
			for (const input of all('devices/input')) {
				const [type = '', bus = ''] = [valueOf(input, 'type'), valueOf(input, 'bus')];
				const isWrong = (bus === 'ps2' && !['mouse', 'keyboard'].includes(type)) || bus === 'xen' || bus === 'parallels';
				if (isWrong)
					yield {
						at: input,
						attribute: 'bus',
						message: `A ${type} cannot be on the bus '${bus}'`,
						cure: "bus='usb'",
						edits: setValue(input, 'bus', 'usb'),
					};
			}
		},
	},
];
