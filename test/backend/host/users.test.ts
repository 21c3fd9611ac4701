import test from 'ava';
import {ShellError} from '../../../src/core/errors.ts';
import {resolveAccount} from '../../../src/backend/host/users.ts';
import type {Caller} from '../../../src/backend/types.ts';

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
