import test from 'ava';
import {baseDirectory, homeDirectory, ourDirectory} from '../../src/core/base-directories.ts';

test('files are where the XDG specification has them, and paths that are not absolute do not count', (t) => {
	const environment = {HOME: '/home/me', XDG_CACHE_HOME: '/fast', XDG_STATE_HOME: 'state', XDG_CONFIG_HOME: ''};
	t.deepEqual(
		(['cache', 'config', 'state'] as const).map((kind) => ourDirectory(kind, environment)),
		['/fast/virt-sandbox', '/home/me/.config/virt-sandbox', '/home/me/.local/state/virt-sandbox'],
	);
	t.is(baseDirectory('config', environment), '/home/me/.config');
});

test('home is HOME, else that of the system’s user, else the root directory; never one that all may write to', (t) => {
	const system = (): string => '/home/system';
	t.is(homeDirectory({HOME: '/home/me'}, system), '/home/me');
	t.is(homeDirectory({HOME: 'me'}, system), '/home/system');
	t.is(homeDirectory({}, system), '/home/system');
	t.is(
		homeDirectory({}, () => {
			throw new Error('no such user');
		}),
		'/',
	);
});
