import test from 'ava';
import {hiddenNotices} from '../../../src/backend/life/hidden-notices.ts';

test('what a sandbox does not see is told aloud where its command starts there', (t) => {
	const plan: Parameters<typeof hiddenNotices>[0] = {
		hidden: ['/home/me/usb', '/mnt'],
		mounts: [{kind: 'hide', target: '/media', of: 'directory', readonly: true, cause: undefined}],
	};
	const levels = (directory: string): readonly string[] => hiddenNotices(plan, directory).map(({level, code}) => `${level} ${code}`);
	const quiet = 'info hidden-mount';
	const aloud = 'warning lacks';
	t.deepEqual(levels('/home/me'), [quiet, quiet, quiet]);
	t.deepEqual(levels('/home/me/usb'), [aloud, quiet, quiet]);
	t.deepEqual(levels('/mnt/a/b'), [quiet, aloud, quiet]);
	t.deepEqual(levels('/media/a'), [quiet, quiet, aloud]);
});
