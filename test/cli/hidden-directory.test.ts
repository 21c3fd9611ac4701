import test from 'ava';
import {describeHiddenDirectory} from '../../src/cli/hidden-directory.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';

const told = test.macro({
	exec(t, words: {program: string; directory: string; mounts?: readonly string[]; cwd?: string; root?: string}, message: string | undefined, hint?: string) {
		const {program, directory, mounts = [], cwd, root = '/'} = words;
		const spec = {...defaultSpec, command: [program], cwd, root, mounts: mounts.map((each) => parseMount(each, '/'))};
		t.deepEqual(describeHiddenDirectory(spec, directory), message === undefined ? undefined : {message, hint: hint ?? ''});
	},
	title: (_, words) => `says what hides ${JSON.stringify(words)}`,
});

const fresh = 'the directory /tmp/a b of this host is not in the sandbox, which has a fresh /tmp';
test(told, {program: './build.sh', directory: '/tmp/a b'}, fresh, "-m 'host-bind:/tmp/a b=/tmp/a b,ro' shows it");
test(
	told,
	{program: 'bin/x', directory: '/home/me', mounts: ['ram:/home=16M']},
	'the directory /home/me of this host is not in the sandbox, which has a mount on /home',
	'-m host-bind:/home/me=/home/me,ro shows it',
);
test(told, {program: 'build.sh', directory: '/tmp/x'}, undefined);
test(told, {program: '/tmp/x/build.sh', directory: '/tmp/x'}, undefined);
test(told, {program: './build.sh', directory: '/home/me'}, undefined);
test(told, {program: './build.sh', directory: '/tmp/x', mounts: ['host-bind:/tmp/x=/tmp/x,ro']}, undefined);
test(told, {program: './build.sh', directory: '/tmp/x', cwd: '/srv'}, undefined);
test(told, {program: './build.sh', directory: '/tmp/x', root: '/srv/root'}, undefined);
