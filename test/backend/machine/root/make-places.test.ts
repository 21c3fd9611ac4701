import test from 'ava';
import {makePlaces} from '../../../../src/backend/machine/root/make-places.ts';
import type {GuestMount} from '../../../../src/backend/guest/root/guest-tree.ts';
import type {RootPlan} from '../../../../src/backend/guest/root/root-plan.ts';

const temporary = {type: 'host-bind', target: '/fresh', source: undefined, readonly: false, relabel: undefined} as const;
const image = {type: 'host-image', target: '/image', source: '/srv/image', readonly: false, format: 'raw', chain: false} as const;
const mounts = [
	{kind: 'bind', target: '/bound', source: '/srv/bound', readonly: false, cause: undefined},
	{kind: 'bind', target: '/fresh', source: '0', readonly: false, cause: temporary},
	{kind: 'bind', target: '/over', source: '/srv/over', readonly: false, cause: undefined},
	{kind: 'ram', target: '/ram', sizeKiB: 1, readonly: false, mode: 0o755, uid: 0, gid: 0, cause: undefined},
	{kind: 'image', target: '/image', source: '/srv/image', format: 'raw', chain: false, readonly: false, fileSystems: ['ext4'], cause: image},
	{kind: 'guest-bind', target: '/of-ram', source: '/ram', readonly: false, cause: undefined},
	{kind: 'guest-bind', target: '/of-bound', source: '/bound', readonly: false, cause: undefined},
	{kind: 'guest-bind', target: '/of-root', source: '/usr', readonly: false, cause: undefined},
	// Pins, which hold what is around them.
	{kind: 'guest-bind', target: '/ram/pin', source: '/ram/pin', readonly: false, cause: undefined},
] as const satisfies readonly GuestMount[];

for (const [target, like, line] of [
	['/top', undefined, "there '/top'"],
	['/usr/deep', 'tree/x', "there '/usr/deep'"],
	['/bound', undefined, "there '/bound'"],
	['/bound/deep', 'tree/x', "there '/bound/deep'"],
	['/fresh/deep', 'tree/x', 'made /fresh/deep like tree/x'],
	['/image/deep', undefined, "there '/image/deep'"],
	['/ram/deep', undefined, 'made /ram/deep like undefined'],
	['/ram/pin/deep', '/x', 'made /ram/pin/deep like /x'],
	['/of-ram/deep', undefined, 'made /of-ram/deep like undefined'],
	['/of-bound/deep', undefined, "there '/of-bound/deep'"],
	['/of-root/deep', undefined, "there '/of-root/deep'"],
	['/over/deep', 'tree/x', 'made /over/deep like tree/x'],
] as const) {
	test(`the mount point ${target} is made only where that writes to nothing of the host: ${line}`, (t) => {
		const placeFor = makePlaces({mounts} as unknown as RootPlan, {
			isOverlay: (mount) => mount.target === '/over',
			make: (path, kind) => `made ${path} like ${kind}`,
		});
		t.is(placeFor(target, like), line);
	});
}
