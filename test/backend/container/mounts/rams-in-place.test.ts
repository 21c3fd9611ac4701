import {chownSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {requireRamsInPlace} from '../../../../src/backend/container/mounts/refused-mounts.ts';
import {wayOfInclude} from '../../../../src/backend/guest/include-functions.ts';
import type {GuestMount} from '../../../../src/backend/guest/root/root-plan.ts';
import {parseMount} from '../../../../src/spec/parse/parse-mount.ts';
import {testAsRoot} from '../../../helpers/other-mounts.ts';

testAsRoot('what the init does as root in a ram that an ordinary user’s other sandboxes could exchange is refused', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'rams-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	for (const name of ['ram', 'bound']) mkdirSync(join(directory, name));
	const root: GuestMount = {kind: 'bind', target: '/home', source: directory, readonly: true, cause: undefined};
	const bound: GuestMount = {kind: 'bind', target: '/home/bound', source: '/srv', readonly: false, cause: parseMount('host-bind:/home/bound=/srv', '/')};
	const ram = (mode: number): GuestMount => ({
		kind: 'ram',
		target: '/home/ram',
		sizeKiB: 1,
		readonly: false,
		mode,
		uid: 0,
		gid: 0,
		cause: parseMount('ram:/home/ram=1M', '/'),
	});
	const all = [root, bound, ram(0o700)];
	const include = (mounts: readonly GuestMount[]) => wayOfInclude({mounts}, '/home/ram/file', 1000);
	const check = () => {
		requireRamsInPlace({mounts: all}, 1000);
		include(all);
	};
	chownSync(directory, 1000, 1000);
	t.throws(() => requireRamsInPlace({mounts: all}, 1000), {
		code: 'refused',
		message: /^The ram at \/home\/ram gets no mode and no owner: .* \/home\/bound in its place$/,
	});
	t.throws(() => include(all), {code: 'refused', message: /^Nothing is copied to \/home\/ram\/file: /});
	t.notThrows(() => requireRamsInPlace({mounts: [root, bound, ram(0o1777)]}, 1000));
	t.notThrows(() => requireRamsInPlace({mounts: [root, ram(0o700)]}, 1000));
	// Nobody exchanges anything in what is root's alone.
	chownSync(directory, 0, 0);
	t.notThrows(check);
});

testAsRoot('the same of what lies in a temporary directory, in a ram within another, and of an include to an image', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'rams-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	for (const name of ['a', 'b']) mkdirSync(join(directory, name));
	chownSync(directory, 1000, 1000);
	const root: GuestMount = {kind: 'bind', target: '/home', source: directory, readonly: true, cause: undefined};
	const bindAt = (target: string): GuestMount => ({
		kind: 'bind',
		target,
		source: '/srv',
		readonly: false,
		cause: parseMount(`host-bind:${target}=/srv`, '/'),
	});
	const ramAt = (target: string, mode = 0o1777): GuestMount => ({
		kind: 'ram',
		target,
		sizeKiB: 1,
		readonly: false,
		mode,
		uid: 0,
		gid: 0,
		cause: undefined,
	});
	const temporary: GuestMount = {kind: 'bind', target: '/t', source: '', readonly: false, cause: parseMount('host-bind:/t=', '/')};
	const image: GuestMount = {
		kind: 'image',
		target: '/home/a',
		source: '/srv/image',
		format: 'raw',
		chain: false,
		fileSystems: ['ext4'],
		readonly: false,
		cause: parseMount('host-image:/home/a=/srv/image', '/'),
	};
	const inTemporary = [temporary, ramAt('/t/r', 0o755), bindAt('/t/q')];
	t.throws(() => requireRamsInPlace({mounts: inTemporary}, 1000), {code: 'refused', message: /^The ram at \/t\/r gets no mode/});
	t.notThrows(() => requireRamsInPlace({mounts: inTemporary}, 0));

	const nested = [root, ramAt('/home/a'), ramAt('/home/a/s', 0o700), ramAt('/home/b'), bindAt('/home/b/s')];
	t.throws(() => requireRamsInPlace({mounts: nested}, 1000), {code: 'refused', message: /^The ram at \/home\/a\/s gets no mode/});
	const include = (mounts: readonly GuestMount[], target: string) => () => wayOfInclude({mounts}, target, 1000);
	t.throws(include(nested, '/home/a/s/bin/x'), {code: 'refused', message: /^Nothing is copied to \/home\/a\/s\/bin\/x: /});
	t.throws(include([root, image, bindAt('/home/b')], '/home/a/bin/x'), {code: 'refused', message: /^Nothing is copied to \/home\/a\/bin\/x: /});
	t.notThrows(include([root, image], '/home/a/bin/x'));
});
