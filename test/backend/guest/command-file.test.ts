import {execFileSync} from 'node:child_process';
import test from 'ava';
import {commandFile, quote, type SessionPlan} from '../../../src/backend/guest/command-file.ts';

const plan: SessionPlan = {
	number: 0,
	words: ['echo', "it's"],
	environment: {A: '1', PATH: '/a b:/bin'},
	directories: ['/a b', '/home'],
	directoryRequired: false,
	isFixed: true,
	identity: {uid: 1000, gid: 100, groups: [4, 24]},
	streamsOwner: 1000,
	terminal: undefined,
	isOneOutput: false,
	program: {architecture: 'x64', filter: undefined},
};

test('a quoted word means itself to a shell', (t) => {
	const word = String.raw`' '' \' "$(x)" $y ` + '`z`\n\t*?~#&;|<>(){}[]!=%';
	t.is(execFileSync('sh', ['-c', `printf %s ${quote(word)}`], {encoding: 'utf8'}), word);
	t.is(quote(''), "''");
});

test('a session with pipes tells neither words nor environment', (t) => {
	t.is(
		commandFile(plan, '/run/0.run').toString(),
		['pipes 1000 -', "check 'echo' '/a b:/bin' 'echo'", '_vs_status=$?', "set -- '/run/0.run'", ''].join('\n'),
	);
});

test('one whose streams go to one file says so', (t) => {
	t.regex(commandFile({...plan, isOneOutput: true}, '/run/0.run').toString(), /^pipes 1000 one\n/);
	t.regex(commandFile({...plan, isHeld: true}, '/run/0.run').toString(), /^pipes 1000 - held\n/);
});

test('a session on a terminal, which waits until the control pipes have no names, in one directory only', (t) => {
	const changes = {environment: {}, directories: ['/only'], directoryRequired: true, terminal: {tty: 3, mark: "\u0001m'", rows: 5, columns: 7}};
	t.is(
		commandFile({...plan, ...changes}, '/run/0.run').toString(),
		[
			"terminal 3 1000 '\u0001m'\\''' 5 7",
			"[ -d '/only' ] || fatal directory",
			"(cd '/only' 2>&-; check 'echo' '' 'echo')",
			'_vs_status=$?',
			"set -- '/run/0.run'",
			'',
		].join('\n'),
	);
});
