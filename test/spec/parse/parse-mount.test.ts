import test from 'ava';
import {mountOptions} from '../../../src/spec/mount-options.ts';
import {formatMount, parseMount} from '../../../src/spec/parse/parse-mount.ts';
import type {Mount} from '../../../src/spec/types.ts';

const hostBind = {type: 'host-bind', target: '/x', readonly: false, source: '/y', relabel: undefined} as const;
const image = {type: 'host-image', target: '/i', readonly: false, source: '/d.img', format: 'raw', chain: false} as const;
const ram = {type: 'ram', target: '/tmp', readonly: false, sizeKiB: 65536, mode: undefined, uid: undefined, gid: undefined} as const;

const reads = test.macro({
	exec(t, text: string, mount: Mount) {
		t.deepEqual(parseMount(text), mount);
		t.deepEqual(parseMount(formatMount(mount)), mount);
	},
	title: (_, text) => `reads ${text}, and writes it so that it reads the same`,
});
test(reads, 'host-bind:/x=/y', hostBind);
test(reads, 'host-bind:/x=', {...hostBind, source: undefined});
test(reads, 'host-bind:/x=,ro', {...hostBind, source: undefined, readonly: true});
test(reads, 'host-bind:/x=/y,ro', {...hostBind, readonly: true});
test(reads, 'host-bind:/x=/y,rw', hostBind);
test(reads, 'host-bind:/x=/y,relabel=yes,ro', {...hostBind, readonly: true, relabel: true});
test(reads, 'host-bind:/x=/y,ro,relabel=no', {...hostBind, readonly: true, relabel: false});
test(reads, 'host-bind://x/./z/=//y//', {...hostBind, target: '/x/z'});
test(reads, 'host-bind:/x=/a,b', {...hostBind, source: '/a,b'});
test(reads, 'host-bind:/x=/a,ro,rw', {...hostBind, source: '/a,ro'});
test(reads, 'host-bind:/x=/a,relabel=yes,relabel=auto,rw', {...hostBind, source: '/a,relabel=yes'});
test(reads, 'host-bind:/x=/a=b c"d\'e', {...hostBind, source: '/a=b c"d\'e'});
test(reads, 'host-bind:/x=/y,format=raw', {...hostBind, source: '/y,format=raw'});
test(reads, 'host-bind:/x=/y,', {...hostBind, source: '/y,'});
test(reads, 'host-bind:/x=/a/../b', {...hostBind, source: '/a/../b'});
test(reads, 'host-image:/i=/d.img', image);
test(reads, 'host-image:/i=/d.img,format=raw', image);
test(reads, 'host-image:/i=/d.img,format=qcow2,ro', {...image, format: 'qcow2', readonly: true});
test(reads, 'host-image:/i=/d.img,chain=yes,format=qcow2', {...image, format: 'qcow2', chain: true});
test(reads, 'host-image:/i=/d.img,chain=no', image);
test(reads, 'host-image:/i=/d,chain=yes,chain=no', {...image, source: '/d,chain=yes'});
test(reads, 'host-image:/i=/d,format=qcow2,format=raw', {...image, source: '/d,format=qcow2'});
test(reads, 'host-image:/i=/d,format=auto', {...image, source: '/d,format=auto'});
test(reads, 'host-bind:/x=/y,chain=yes', {...hostBind, source: '/y,chain=yes'});
test(reads, 'guest-bind:/g=/usr/share', {type: 'guest-bind', target: '/g', readonly: false, source: '/usr/share'});
test(reads, 'ram:/tmp=64M', ram);
test(reads, 'ram:/tmp=64M,ro', {...ram, readonly: true});
test(reads, 'ram:/tmp=3G,mode=1777,uid=0,gid=100', {...ram, sizeKiB: 3 * 1024 ** 2, mode: 0o1777, uid: 0, gid: 100});
test(reads, 'ram:/tmp=5000', {...ram, sizeKiB: 5});
test(reads, 'overlay:/o=/usr', {type: 'overlay', target: '/o', readonly: false, source: '/usr', upper: undefined});
test(reads, 'overlay:/o=/usr,upper=/u,ro', {type: 'overlay', target: '/o', readonly: true, source: '/usr', upper: '/u'});
test(reads, 'overlay:/o=/usr,upper=/u,v', {type: 'overlay', target: '/o', readonly: false, source: '/usr', upper: '/u,v'});
test(reads, 'overlay:/o=/usr,upper=/u,upper=,rw', {type: 'overlay', target: '/o', readonly: false, source: '/usr,upper=/u', upper: undefined});
test(reads, 'overlay:/o=/usr,ro,upper=/u,ro,rw', {type: 'overlay', target: '/o', readonly: false, source: '/usr,ro', upper: '/u,ro'});

const hide = {type: 'hide', target: '/etc/shadow', readonly: true} as const;
test(reads, 'hide:/etc/shadow', hide);
test(reads, 'hide:/etc//shadow/', hide);
test(reads, 'hide:/a=b,ro', {...hide, target: '/a=b,ro'});
test(reads, 'host-bind:/etc/shadow=/dev/null', hide);
test(reads, 'host-bind:/etc/shadow=/dev/null,ro', hide);
test(reads, 'ram:/tmp=64M,mode=01777', {...ram, mode: 0o1777});

const refuses = test.macro({
	exec(t, text: string, message: string, hint: string) {
		t.like(
			t.throws(() => parseMount(text)),
			{name: 'ShellError', code: 'usage', message, hint},
		);
	},
	title: (_, text) => `refuses ${JSON.stringify(text)}`,
});
const types = 'The types are host-bind, host-image, guest-bind, ram, overlay, hide.';
test(refuses, '', "There is no mount type ''", types);
test(refuses, '/srv:/data', "The mount '/srv:/data' has no type", 'Write host-bind:/data=/srv: the target comes first.');
test(refuses, './x:/data:ro,z', "The mount './x:/data:ro,z' has no type", 'Write host-bind:/data=./x,ro: the target comes first.');
test(refuses, 'h:/x=/y', "There is no mount type 'h'", "Did you mean 'host-bind' or 'host-image' or 'hide'?");
test(refuses, 'host-bnd:/x=/y', "There is no mount type 'host-bnd'", "Did you mean 'host-bind'?");
test(refuses, 'rom:/x=1M', "There is no mount type 'rom'", "Did you mean 'ram'?");
test(refuses, 'RAM:/x=1M', "There is no mount type 'RAM'", "Did you mean 'ram'?");
test(refuses, 'ram', "The mount 'ram' has no target", 'Write ram:TARGET=SIZE.');
test(refuses, 'ram:/tmp', "The mount 'ram:/tmp' has no '='", 'Write ram:/tmp=64M.');
test(
	refuses,
	'ram:/tmp=',
	'The size of the ram mount on /tmp is empty',
	'Write a whole number and K, M, G or T (powers of 1024), such as 64M; without a unit it is bytes.',
);
test(refuses, 'ram:/tmp=64', "The size of the ram mount on /tmp '64' is 64 bytes, too small to hold a file", 'Without a unit it is bytes; for MiB write 64M.');
test(refuses, 'ram:/tmp=64M,r', "A ram mount takes no option 'r'", "Did you mean 'ro'?");
test(refuses, 'ram:/tmp=64M,mode=9', "A ram mount takes no option 'mode=9'", "Did you mean 'mode='?");
test(refuses, 'ram:tmp=64M', "The mount target 'tmp' is not an absolute path", 'Write it from the root of the sandbox, as /tmp.');
test(refuses, 'host-bind:/a/../etc=/y', "The mount target '/a/../etc' holds '..'", 'Write the path without it.');
test(refuses, 'host-bind:/a\nb=/y', "The mount target '/a\nb' holds a control character", 'No document of libvirt can hold it: use another name.');
test(refuses, 'host-bind:/x=/y\u001b', "The mount source '/y\u001b' holds a control character", 'No document of libvirt can hold it: use another name.');
test(refuses, 'host-bind:/x=y', "The mount source 'y' is not an absolute path", 'Write it from the root of the host.');
test(refuses, 'host-bind:=/y', 'The mount target is empty', 'Write an absolute path.');
test(refuses, 'host-image:/x=', "The mount 'host-image:/x=' has no source", 'Write host-image:/x=SOURCE.');
test(refuses, 'guest-bind:/x=', "The mount 'guest-bind:/x=' has no source", 'Write guest-bind:/x=SOURCE.');
test(
	refuses,
	'host-image:/x=/d,relabel=yes,format=qcow2',
	"The image mounted on '/x' cannot be relabelled",
	'Leave relabel= out: what an image holds has labels of its own.',
);
test(refuses, 'overlay:/x=', "The mount 'overlay:/x=' has no source", 'Write overlay:/x=SOURCE.');

test('takes a relative source from the directory that is given', (t) => {
	t.deepEqual(parseMount('host-bind:/x=./y', '/home/me'), {...hostBind, source: '/home/me/y'});
	t.deepEqual(parseMount('overlay:/x=a,upper=/u', '/d'), {type: 'overlay', target: '/x', readonly: false, source: '/d/a', upper: '/u'});
});

test('does not write a mount whose target no string can hold', (t) => {
	t.throws(() => formatMount({...hostBind, target: '/a=b'}), {message: "The mount on '/a=b' cannot be written as an option"});
});

test('names the options of each type', (t) => {
	t.deepEqual(mountOptions('host-image'), ['ro', 'rw', 'format=', 'chain=yes']);
	t.deepEqual(mountOptions('ram'), ['ro', 'rw', 'uid=', 'gid=', 'mode=']);
	t.deepEqual(mountOptions('overlay'), ['ro', 'rw', 'upper=']);
});
