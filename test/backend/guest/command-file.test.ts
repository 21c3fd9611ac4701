import {execFileSync} from 'node:child_process';
import test from 'ava';
import {commandFile, quote, type SessionPlan} from '../../../src/backend/guest/command-file.ts';

const plan: SessionPlan = {
	number: 0,
	words: ['echo', "it's"],
	environment: {A: '1', 'B.C': '2', IFS: '3'},
	directories: ['/a b', '/home'],
	directoryRequired: false,
	identity: {uid: 1000, gid: 100, groups: [4, 24]},
	terminal: undefined,
	hold: false,
	tools: {busybox: '/b/busybox', setpriv: ['/b/setpriv'], env: ['/b/env'], brought: []},
};

test('a quoted word means itself to a shell', (t) => {
	const word = String.raw`' '' \' "$(x)" $y ` + '`z`\n\t*?~#&;|<>(){}[]!=%';
	t.is(execFileSync('sh', ['-c', `printf %s ${quote(word)}`], {encoding: 'utf8'}), word);
	t.is(quote(''), "''");
});

test('a session with pipes', (t) => {
	t.is(
		commandFile(plan).toString(),
		[
			'pipes 1000',
			'unset PATH TERM HOME PWD OLDPWD SHLVL container container_uuid container_ttys LIBVIRT_LXC_UUID LIBVIRT_LXC_NAME LIBVIRT_LXC_CMDLINE',
			"export A='1'",
			"cd '/a b' 2>/dev/null || cd '/home' 2>/dev/null || cd /",
			'unset PWD OLDPWD',
			"check 'echo'",
			'_vs_status=$?',
			String.raw`set -- /b/env --default-signal -- 'B.C=2' 'IFS=3' /b/busybox setsid /b/setpriv --reuid 1000 --regid 100 --groups 4,24 --bounding-set -all --inh-caps -all --no-new-privs -- 'echo' 'it'\''s'`,
			'',
		].join('\n'),
	);
});

test('root on a terminal, who waits until the control pipes have no names, in one directory only', (t) => {
	const lines = commandFile({
		...plan,
		environment: {},
		directories: ['/only'],
		directoryRequired: true,
		identity: {uid: 0, gid: 0, groups: []},
		terminal: {tty: 3, mark: "\u0001m'", rows: 5, columns: 7},
		hold: true,
		tools: {...plan.tools, env: undefined},
	})
		.toString()
		.split('\n');
	t.deepEqual(
		[lines[0], lines[1], lines[3], lines[7]],
		[
			String.raw`terminal 3 0 '` + '\u0001' + String.raw`m'\''' 5 7`,
			'hold',
			"cd '/only' 2>/dev/null || fatal directory",
			String.raw`set -- /b/busybox setsid -c /b/setpriv --reuid 0 --regid 0 --clear-groups --bounding-set -all,+chown,+dac_override,+fowner,+fsetid,+kill,+setuid,+setgid,+setpcap,+net_bind_service --inh-caps -all --no-new-privs -- 'echo' 'it'\''s'`,
		],
	);
});
