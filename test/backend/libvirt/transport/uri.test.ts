import test from 'ava';
import {ConnectFailed} from '../../../../src/backend/libvirt/errors.ts';
import {parseUri, planSockets, type Environment, type SocketPlan} from '../../../../src/backend/libvirt/transport/uri.ts';

const opens = test.macro({
	exec(t, uri: string, name: string) {
		t.is(parseUri(uri).name, name);
	},
	title: (_title, uri: string, name: string) => `${uri} opens ${name}`,
});

test(opens, 'lxc:///', 'lxc:///system');
test(opens, 'lxc://', 'lxc:///system');
test(opens, 'LXC:///system', 'lxc:///system');
test(opens, 'qemu:///session', 'qemu:///session');
test(opens, 'qemu+unix:///system?socket=/tmp/s', 'qemu:///system');
test(opens, 'qemu:///system?mode=direct&auth=none', 'qemu:///system');
test(opens, 'qemu+ssh://me@example.org:2222/system?keyfile=/k&no_tty=1', 'qemu:///system');
test(opens, 'test:///default?socket=/tmp/a%20b', 'test:///default');
test(opens, 'test:///default?x=1&socket=/s', 'test:///default?x=1');
test(opens, 'qemu+ssh://host/system?name=qemu:///session', 'qemu:///session');
test(opens, 'xen://', 'xen:///');

test('every part of a remote URI is taken apart', (t) => {
	const uri = parseUri('qemu+ssh://me%40x@[::1]:2222/system?keyfile=/a%3Fb');
	t.deepEqual(uri, {
		text: 'qemu+ssh://me%40x@[::1]:2222/system?keyfile=/a%3Fb',
		driver: 'qemu',
		transport: 'ssh',
		user: 'me@x',
		host: '::1',
		port: 2222,
		path: '/system',
		parameters: new Map([['keyfile', '/a?b']]),
		name: 'qemu:///system',
	});
});

test('a host without a transport means TLS, as in libvirt', (t) => {
	t.is(parseUri('qemu://host/system').transport, 'tls');
});

const refuses = test.macro({
	exec(t, uri: string, message: RegExp) {
		t.like(
			t.throws(() => parseUri(uri), {instanceOf: ConnectFailed, message}),
			{problem: 'uri', uri},
		);
	},
	title: (_title, uri: string) => `refuses '${uri}'`,
});

test(refuses, '', /is not a libvirt URI/);
test(refuses, 'lxc', /is not a libvirt URI/);
test(refuses, 'lxc:/system', /is not a libvirt URI/);
test(refuses, 'lxc:///session', /lxc:\/\/\/system only/);
test(refuses, 'qemu+carrier:///system', /unknown transport 'carrier'/);
test(refuses, 'qemu+ssh://host:port/system', /no valid host/);
test(refuses, 'qemu:///system?socket=%zz', /broken % escape/);

const user: Environment = {XDG_RUNTIME_DIR: '/run/user/7', HOME: '/home/me'};

const looksAt = test.macro({
	exec(t, uri: string, options: {readonly readonly?: boolean; readonly uid?: number; readonly environment?: Environment}, plan: SocketPlan) {
		t.deepEqual(planSockets(parseUri(uri), {readonly: options.readonly ?? false, uid: options.uid ?? 0, environment: options.environment ?? user}), plan);
	},
	title: (title, uri: string) => `where the socket of ${uri} is: ${title}`,
});

test('the modular daemon first', looksAt, 'lxc:///system', {}, {paths: ['/run/libvirt/virtlxcd-sock', '/run/libvirt/libvirt-sock'], daemons: []});
test('read-only', looksAt, 'qemu:///system', {readonly: true}, {paths: ['/run/libvirt/virtqemud-sock-ro', '/run/libvirt/libvirt-sock-ro'], daemons: []});
test('legacy', looksAt, 'qemu:///system?mode=legacy', {}, {paths: ['/run/libvirt/libvirt-sock'], daemons: []});
test('direct', looksAt, 'qemu:///system?mode=direct', {}, {paths: ['/run/libvirt/virtqemud-sock'], daemons: []});
test('explicit', looksAt, 'qemu:///session?socket=/s', {}, {paths: ['/s'], daemons: []});
test(
	'session',
	looksAt,
	'qemu:///session',
	{uid: 7},
	{
		paths: ['/run/user/7/libvirt/virtqemud-sock', '/run/user/7/libvirt/libvirt-sock'],
		daemons: ['virtqemud', 'libvirtd'],
	},
);
test(
	'session, read-only, has the same socket',
	looksAt,
	'qemu:///session?mode=legacy',
	{readonly: true, uid: 7},
	{
		paths: ['/run/user/7/libvirt/libvirt-sock'],
		daemons: ['libvirtd'],
	},
);
test('no path as an ordinary user', looksAt, 'qemu:///?mode=direct', {uid: 7}, {paths: ['/run/user/7/libvirt/virtqemud-sock'], daemons: ['virtqemud']});
test('the session of root is the system', looksAt, 'qemu:///session?mode=direct', {}, {paths: ['/run/libvirt/virtqemud-sock'], daemons: []});
test('no path as root', looksAt, 'qemu:///?mode=direct', {}, {paths: ['/run/libvirt/virtqemud-sock'], daemons: []});
test(
	'no runtime directory',
	looksAt,
	'qemu:///session?mode=direct',
	{uid: 7, environment: {HOME: '/home/me'}},
	{
		paths: ['/home/me/.cache/libvirt/virtqemud-sock'],
		daemons: ['virtqemud'],
	},
);
test(
	'a cache directory',
	looksAt,
	'qemu:///session?mode=direct',
	{uid: 7, environment: {HOME: '/home/me', XDG_CACHE_HOME: '/c'}},
	{
		paths: ['/c/libvirt/virtqemud-sock'],
		daemons: ['virtqemud'],
	},
);

test('a session without any home is refused', (t) => {
	t.throws(() => planSockets(parseUri('qemu:///session'), {readonly: false, uid: 7, environment: {}}), {
		instanceOf: ConnectFailed,
		message: /neither XDG_RUNTIME_DIR nor HOME/,
	});
});

test('an unknown mode is refused', (t) => {
	t.throws(() => planSockets(parseUri('qemu:///system?mode=odd'), {readonly: false, uid: 0, environment: {}}), {
		instanceOf: ConnectFailed,
		message: /mode=odd/,
	});
});
