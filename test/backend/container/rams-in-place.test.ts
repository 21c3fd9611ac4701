import {chownSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {requireRamsInPlace} from '../../../src/backend/container/rams-in-place.ts';
import {wayOfInclude} from '../../../src/backend/guest/include-functions.ts';
import type {GuestMount} from '../../../src/backend/guest/root/root-plan.ts';
import {parseMount} from '../../../src/spec/parse/parse-mount.ts';
import {testAsRoot} from '../../helpers/other-mounts.ts';

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
		requireRamsInPlace({mounts: all});
		include(all);
	};
	chownSync(directory, 1000, 1000);
	t.throws(() => requireRamsInPlace({mounts: all}), {
		code: 'refused',
		message: /^The ram at \/home\/ram gets no mode and no owner: .* \/home\/bound in its place$/,
	});
	t.throws(() => include(all), {code: 'refused', message: /^Nothing is copied to \/home\/ram\/file: /});
	t.notThrows(() => requireRamsInPlace({mounts: [root, bound, ram(0o1777)]}));
	t.notThrows(() => requireRamsInPlace({mounts: [root, ram(0o700)]}));
	// Nobody exchanges anything in what is root's alone.
	chownSync(directory, 0, 0);
	t.notThrows(check);
});
