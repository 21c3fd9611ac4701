import test from 'ava';
import {hiddenNotices} from '../../../src/backend/start/hidden-notices.ts';
import {parseMount} from '../../../src/spec/parse/parse-mount.ts';

const hide = {kind: 'hide', target: '/media', of: 'directory', readonly: true, cause: undefined} as const;
const quiet = ['info /home/me/usb', 'info /mnt', 'info /media'];

function told(directory: string, mounts: Parameters<typeof hiddenNotices>[0]['mounts'] = [hide]): readonly string[] {
	const notices = hiddenNotices({hidden: ['/home/me/usb', '/mnt'], mounts}, directory);
	return notices.map(({level, message}) => `${level} ${/ (?:at|of) (\/[^:;]*)/.exec(message)?.[1] ?? message}`);
}

test('what a sandbox does not see is told aloud where its command starts there', (t) => {
	t.deepEqual(told('/home/me'), quiet);
	t.deepEqual(told('/home/me/usb'), [...quiet, 'warning /home/me/usb']);
	t.deepEqual(told('/mnt/a/b'), [...quiet, 'warning /mnt']);
	t.deepEqual(told('/media/a'), [...quiet, 'warning /media']);
});

test('what was asked for there is seen', (t) => {
	const mounts = ['host-bind:/home/me/usb=/home/me/usb', 'ram:/media/a=1M'].map((text) => {
		const cause = parseMount(text);
		return {kind: 'ram', target: cause.target, sizeKiB: 1, readonly: false, mode: 0o755, uid: 0, gid: 0, cause} as const;
	});
	t.deepEqual(told('/home/me/usb/deep', [hide, ...mounts]), ['info /mnt', 'info /media']);
	t.deepEqual(told('/media/a', [hide, ...mounts]), ['info /mnt', 'info /media']);
	t.deepEqual(told('/media', [hide, ...mounts]), ['info /mnt', 'info /media', 'warning /media']);
});
