import test from 'ava';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {parseDisk} from '../../src/spec/parse/parse-disk.ts';
import {parseInclude} from '../../src/spec/parse/parse-include.ts';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {parseNetwork} from '../../src/spec/parse/parse-network.ts';
import {parseSecurity} from '../../src/spec/parse/parse-security.ts';
import type {SandboxSpec} from '../../src/spec/types.ts';
import {findProblems, validateSpec} from '../../src/spec/validate-spec.ts';

const finds = test.macro({
	exec(t, changes: Partial<SandboxSpec>, messages: string[]) {
		const problems = findProblems({...defaultSpec, ...changes});
		t.deepEqual(
			problems.map((problem) => problem.message),
			messages,
		);
		t.true(problems.every((problem) => problem.code === 'usage' && problem.hint !== undefined));
	},
	title: (name) => name ?? '',
});
const mounts = (...texts: string[]): Partial<SandboxSpec> => ({mounts: texts.map((text) => parseMount(text))});

test('the default sandbox has no problem', finds, {}, []);
const long = 'é'.repeat(65_535);
test('words and variables as long as Linux takes them are no problem', finds, {command: [`${long}x`], environment: {A: `${long.slice(1)}x`}}, []);
test('longer ones are refused', finds, {command: ['echo', `${long}xx`], environment: {A: long}}, [
	'Word 2 of the command is longer than an argument can be',
	'The environment variable A is longer than one can be',
]);
test('mounts below one another are no problem', finds, mounts('ram:/tmp=1M', 'host-bind:/tmp/x=/y', 'ram:/dev/shm=1M', 'ram:/run=1M', 'ram:/developer=1M'), []);
test('two mounts on one target are refused', finds, mounts('ram:/tmp=1M', 'host-bind:/tmp/=/y'), ["Two mounts have the target '/tmp'"]);
test(
	'mounts on directories of the sandbox itself are refused',
	finds,
	mounts('ram:/=1M', 'ram:/proc=1M', 'ram:/sys/fs=1M', 'ram:/dev=1M', 'ram:/run/sandbox/x=1M'),
	[
		"Nothing can be mounted on '/'",
		"The mount target '/proc' belongs to the sandbox itself",
		"The mount target '/sys/fs' belongs to the sandbox itself",
		"The mount target '/dev' belongs to the sandbox itself",
		"The mount target '/run/sandbox/x' belongs to the sandbox itself",
	],
);
test(
	'a guest-bind of what belongs to the sandbox itself is refused',
	finds,
	mounts('guest-bind:/a=/proc', 'guest-bind:/b=/sys/kernel', 'guest-bind:/c=/dev', 'guest-bind:/d=/.oldroot/etc', 'guest-bind:/e=/dev/shm'),
	[
		"The source '/proc' of the guest-bind on '/a' belongs to the sandbox itself",
		"The source '/sys/kernel' of the guest-bind on '/b' belongs to the sandbox itself",
		"The source '/dev' of the guest-bind on '/c' belongs to the sandbox itself",
		"The source '/.oldroot/etc' of the guest-bind on '/d' belongs to the sandbox itself",
	],
);
test('a guest-bind into itself is refused', finds, mounts('guest-bind:/usr/x=/usr'), ["The guest-bind on '/usr/x' has its target within its source '/usr'"]);
test('an overlay whose directories lie one inside the other is refused', finds, mounts('overlay:/o=/a,upper=/a/b'), [
	"The upper directory '/a/b' of the overlay on '/o' and its source lie one inside the other",
]);

test(
	'an include below a mount, by path component, is no problem',
	finds,
	{...mounts('host-bind:/data='), includes: [parseInclude('/data/x=/y'), parseInclude('/tmp/z=/y')]},
	[],
);
test('an include beside a mount whose name it begins with is refused', finds, {...mounts('host-bind:/data='), includes: [parseInclude('/database/x=/y')]}, [
	"The include target '/database/x' lies below no mount",
]);
test('an include below a read-only mount is refused', finds, {...mounts('host-bind:/a=', 'host-bind:/a/b=,ro'), includes: [parseInclude('/a/b/c=/y')]}, [
	"The include target '/a/b/c' lies below the read-only mount on '/a/b'",
]);
test(
	'an include on a mount itself and one twice are refused',
	finds,
	{...mounts('host-bind:/a='), includes: [parseInclude('/a=/y'), parseInclude('/a/b=/y'), parseInclude('/a/b=/z')]},
	["The include target '/a' is itself a mount", "Two includes have the target '/a/b'"],
);
test('two disks of one tag are refused', finds, {disks: [parseDisk('file:a=/x'), parseDisk('file:a=/y')]}, ["Two disks have the tag 'a'"]);
test(
	'a port of the host that is forwarded twice is refused',
	finds,
	{networks: [parseNetwork('forward=8080:80,forward=8080/udp'), parseNetwork('forward=8080:81')]},
	["The host's port tcp 127.0.0.1:8080 is forwarded twice"],
);
test('two networks of one MAC address are refused', finds, {networks: [parseNetwork('mac=52:54:00:00:00:01'), parseNetwork('mac=52:54:00:00:00:01')]}, [
	"Two networks have the MAC address '52:54:00:00:00:01'",
]);
test('a static label needs the label', finds, {security: parseSecurity('static')}, ['A static security label needs the label']);
test('a dynamic label cannot go without relabelling', finds, {security: parseSecurity('dynamic,relabel=no')}, ['A dynamic security label needs relabel=yes']);
test('none takes no label and cannot relabel', finds, {security: parseSecurity('none,relabel=yes,label=x')}, [
	"The security mode 'none' takes no label",
	"The security mode 'none' cannot relabel",
]);
test('memory too small to start is refused', finds, {limits: {...defaultSpec.limits, memoryKiB: 1024}}, ['The memory 1M is too small to start a sandbox']);
test('a relative root is refused', finds, {root: 'x'}, ["The root 'x' is not an absolute path"]);

test('validation throws the first problem', (t) => {
	t.notThrows(() => validateSpec(defaultSpec));
	t.throws(() => validateSpec({...defaultSpec, root: 'x', ...mounts('ram:/=1M')}), {message: "Nothing can be mounted on '/'"});
});
