import test from 'ava';
import {ConnectFailed} from '../../../../src/backend/libvirt/errors.ts';
import {planSsh} from '../../../../src/backend/libvirt/transport/ssh-command.ts';
import {parseUri} from '../../../../src/backend/libvirt/transport/uri.ts';

const calls = test.macro({
	exec(t, uri: string, options: {readonly readonly?: boolean; readonly batch?: boolean}, words: readonly string[]) {
		const {program, args} = planSsh(parseUri(uri), {readonly: false, batch: false, ...options});
		t.deepEqual([program, ...args.slice(0, -1)], words);
	},
	title: (title, uri: string) => `how ssh is called for ${uri}${title === undefined ? '' : `: ${title}`}`,
});

test(calls, 'lxc+ssh://host/system', {}, ['ssh', '-T', '-e', 'none', '--', 'host']);
test(calls, 'lxc+ssh://me@host:2222/system', {}, ['ssh', '-p', '2222', '-l', 'me', '-T', '-e', 'none', '--', 'host']);
test(calls, 'qemu+ssh://[fe80::1%25eth0]/system', {}, ['ssh', '-T', '-e', 'none', '--', 'fe80::1%eth0']);
test(calls, 'lxc+ssh://a%40EXAMPLE@host/system', {}, ['ssh', '-l', 'a@EXAMPLE', '-T', '-e', 'none', '--', 'host']);
test(calls, 'lxc+ssh://host/system?keyfile=/a%20b/key', {}, ['ssh', '-i', '/a b/key', '-T', '-e', 'none', '--', 'host']);
test(calls, 'lxc+ssh://host/system?command=/opt/ssh', {}, ['/opt/ssh', '-T', '-e', 'none', '--', 'host']);
test(calls, 'lxc+ssh://host/system?no_verify=1', {}, ['ssh', '-o', 'StrictHostKeyChecking=no', '-T', '-e', 'none', '--', 'host']);
test(calls, 'lxc+ssh://host/system?no_verify=0&no_tty=0', {}, ['ssh', '-T', '-e', 'none', '--', 'host']);
test(calls, 'lxc+ssh://host/system?no_tty=1', {}, ['ssh', '-o', 'BatchMode=yes', '-T', '-e', 'none', '--', 'host']);
test('batch', calls, 'lxc+ssh://host/system', {batch: true}, ['ssh', '-o', 'BatchMode=yes', '-T', '-e', 'none', '--', 'host']);

const refuses = test.macro({
	exec(t, uri: string, message: RegExp) {
		t.like(
			t.throws(() => planSsh(parseUri(uri), {readonly: false, batch: false}), {instanceOf: ConnectFailed, message}),
			{problem: 'uri', uri},
		);
	},
	title: (_title, uri: string) => `ssh is not called for '${uri}'`,
});

test(refuses, 'lxc+ssh:///system', /names no host/);
test(refuses, 'lxc+ssh://-oProxyCommand=id/system', /the host '-oProxyCommand=id'/);
test(refuses, 'lxc+ssh://[-oProxyCommand=id]/system', /the host '-oProxyCommand=id'/);
test(refuses, 'lxc+ssh://a b/system', /the host 'a b'/);
test(refuses, 'lxc+ssh://a;id/system', /the host 'a;id'/);
test(refuses, 'lxc+ssh://$(id)/system', /the host '\$\(id\)'/);
test(refuses, 'lxc+ssh://%2dv/system', /the host '-v'/);
test(refuses, 'lxc+ssh://-l@host/system', /the user '-l'/);
test(refuses, 'lxc+ssh://@host/system', /the user ''/);
test(refuses, 'lxc+ssh://a%60id%60@host/system', /the user 'a`id`'/);
test(refuses, 'lxc+ssh://a%0ab@host/system', /the user 'a\nb'/);
test(refuses, 'lxc+ssh://host:0/system', /the port 0/);
test(refuses, 'lxc+ssh://host:65536/system', /the port 65536/);
test(refuses, 'lxc+ssh://host/system?keyfile=', /keyfile=, which is not a path/);
test(refuses, 'lxc+ssh://host/system?keyfile=-v', /keyfile=-v, which is not a path/);
test(refuses, 'lxc+ssh://host/system?command=-v', /command=-v, which is not a path/);
test(refuses, 'lxc+ssh://host/system?known_hosts=/k', /known_hosts=, which the transport ssh does not take/);
test(refuses, 'lxc+ssh://host/system?sshauth=agent', /sshauth=/);
test(refuses, 'lxc+ssh://host/system?proxy=odd', /proxy=odd; known are/);
test(refuses, 'lxc+ssh://host/system?proxy=native&netcat=nc', /netcat=, which proxy=native does not use/);
test(refuses, 'lxc+ssh://host/system?netcat=-e', /must not be given: '-e'/);
test(refuses, 'lxc+ssh://host/system?netcat=a%0ab', /must not be given: 'a\?b'/);
test(refuses, 'lxc+ssh://host/system?mode=odd', /mode=odd/);
test(refuses, 'lxc+ssh://host/system?name=qemu%2Bssh://other/system', /which is not a URI of the remote host itself/);

test('messages name the host as it was written', (t) => {
	const target = (uri: string): string => planSsh(parseUri(uri), {readonly: false, batch: true}).target;
	t.deepEqual(['lxc+ssh://h/system', 'lxc+ssh://me@h:7/system', 'lxc+ssh://[::1]:7/system'].map(target), ['h', 'me@h:7', '[::1]:7']);
});
