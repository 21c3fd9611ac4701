import test from 'ava';
import type {Caller} from '../../../src/backend/host/caller.ts';
import {ShellError} from '../../../src/core/errors.ts';
import {resolveAccount, type AccountFiles} from '../../../src/backend/host/users.ts';
import type {User} from '../../../src/spec/types.ts';

const files = {
	passwd: 'root:x:0:0:root:/root:/bin/bash\nann:x:1000:100:Ann,,,:/home/ann:/bin/zsh\nbare:x:1001:1001:::\n# odd\nbroken:x:a:b::/:\n',
	group: 'root:x:0:\nusers:x:100:ann\nwheel:x:10:bob,ann\naudio:x:29:ann\nother:x:30:annabel\n',
};
const caller: Caller = {uid: 1000, gid: 5, groups: [5, 6], cwd: '/', environment: {}, pid: 1};
const ann = {name: 'ann', uid: 1000, gid: 100, groups: [10, 29], home: '/home/ann', shell: '/bin/zsh'};

test('the caller keeps ids and groups, by the name that they have', (t) => {
	t.deepEqual(resolveAccount({kind: 'caller'}, caller, files), {...ann, gid: 5, groups: [6]});
});

test('root is root', (t) => {
	t.deepEqual(resolveAccount({kind: 'root'}, caller, files), {name: 'root', uid: 0, gid: 0, groups: [], home: '/root', shell: '/bin/bash'});
	t.deepEqual(resolveAccount({kind: 'root'}, caller, {passwd: '', group: ''}), {name: '0', uid: 0, gid: 0, groups: [], home: '/root', shell: '/bin/sh'});
});

test('a name has the groups that name it, and no others', (t) => {
	t.deepEqual(resolveAccount({kind: 'name', name: 'ann'}, caller, files), ann);
	t.deepEqual(resolveAccount({kind: 'name', name: '1000'}, caller, files), ann);
});

test('an entry without home and shell has the least', (t) => {
	t.deepEqual(resolveAccount({kind: 'name', name: 'bare'}, caller, files), {name: 'bare', uid: 1001, gid: 1001, groups: [], home: '/', shell: '/bin/sh'});
});

test('numbers need no entry', (t) => {
	t.deepEqual(resolveAccount({kind: 'name', name: '77:88'}, caller, files), {name: '77', uid: 77, gid: 88, groups: [], home: '/', shell: '/bin/sh'});
	t.deepEqual(resolveAccount({kind: 'name', name: '1000:88'}, caller, files), {...ann, gid: 88, groups: []});
});

for (const name of ['nobody-here', 'broken', '4294967295', '1:4294967295', '', '1:', ':1', '-1', '1.5']) {
	test(`this is no user: '${name}'`, (t) => {
		t.throws(() => resolveAccount({kind: 'name', name}, caller, files), {instanceOf: ShellError});
	});
}

// What a root directory that others have written may say.
const foreign = (passwd: string, group = ''): AccountFiles => ({passwd: `${passwd}\n`, group: `${group}\n`, isForeign: true});
const named = (name: string): User => ({kind: 'name', name});

test('a name whose id is 0 is refused, whoever says so, and -p is named', (t) => {
	for (const isForeign of [false, true]) {
		const error = t.throws(() => resolveAccount(named('toor'), caller, {passwd: 'toor:x:0:0::/root:/bin/sh\n', group: '', isForeign}), {
			instanceOf: ShellError,
		});
		t.deepEqual(
			[error?.code, error?.message, error?.hint],
			['refused', "The user 'toor' has the id 0: it is root", 'If the command is to run as root, give -p'],
		);
	}
	t.throws(() => resolveAccount(named('0toor'), caller, foreign('0toor:x:0:0::/:/bin/sh')), {message: "The user '0toor' has the id 0: it is root"});
});

test('root by its own name, by -p, by numbers and as the caller is root', (t) => {
	const root = {name: 'root', uid: 0, gid: 0, groups: [], home: '/root', shell: '/bin/sh'};
	const files = foreign('root:x:0:0::/root:/bin/sh');
	for (const user of [{kind: 'root'}, named('0'), named('0:0')] as const) t.deepEqual(resolveAccount(user, caller, files), root);
	t.deepEqual(resolveAccount({kind: 'caller'}, {...caller, uid: 0, gid: 0, groups: [0]}, files), root);
});

test('another root’s files make nobody of the group of root, and numbers still do', (t) => {
	const files = foreign('a:x:7:0::/:/bin/sh\nb:x:8:8::/:/bin/sh', 'root:x:0:a,b\nb:x:8:');
	for (const [name, uid, gid] of [
		['a', 7, 7],
		['7', 7, 7],
		['b', 8, 8],
	] as const) {
		const error = t.throws(() => resolveAccount(named(name), caller, files), {instanceOf: ShellError});
		t.is(error?.message, `The root directory's own files put the user '${name}' into the group of root`);
		t.is(error?.hint, `Give numbers, as -S ${uid}:${gid}; -S ${uid}:0 if that group is meant`);
	}
	t.like(resolveAccount(named('7:0'), caller, files), {uid: 7, gid: 0, groups: []});
	t.like(resolveAccount(named('a'), caller, {...files, isForeign: false}), {uid: 7, gid: 0});
});

test('an id that the kernel would take for another one names nobody', (t) => {
	for (const ids of ['4294967296:1', '1:4294967296', '4294967295:1', '1:4294967295']) {
		t.throws(() => resolveAccount(named('a'), caller, foreign(`a:x:${ids}::/:/bin/sh`)), {message: "No user is named 'a'"});
	}
	t.deepEqual(resolveAccount(named('a'), caller, foreign('a:x:1:1::/:/bin/sh', 'g:x:4294967296:a\nh:x:5:a')).groups, [5]);
});

test('home and shell are absolute paths that a variable can hold, or the usual ones', (t) => {
	for (const odd of ['relative', '--help', '/a\0b', '/a\tb', `/${'x'.repeat(4096)}`]) {
		t.like(resolveAccount(named('a'), caller, foreign(`a:x:1:1::${odd}:${odd}`)), {home: '/', shell: '/bin/sh'});
	}
	t.throws(() => resolveAccount({kind: 'name', name: 'a\0b'}, caller, foreign('a\0b:x:1:1::/:/bin/sh')), {message: /^No user is named/});
	t.is(resolveAccount(named('1'), caller, foreign(`${'x'.repeat(256)}:x:1:1::/:/bin/sh`)).name, '1');
});
