import {mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {requireSteadySources} from '../../../src/backend/guest/require-steady.ts';
import {parseDisk} from '../../../src/spec/parse-disk.ts';
import {parseInclude} from '../../../src/spec/parse-include.ts';
import {parseMount} from '../../../src/spec/parse-mount.ts';

test('no source is reached by a link that the sandbox may write', (t) => {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'steady-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [own, other] = [join(directory, 'own'), join(directory, 'other')];
	for (const path of [own, other]) mkdirSync(path);
	writeFileSync(join(other, 'file'), '');
	symlinkSync('../other', join(own, 'link'));
	symlinkSync(own, join(other, 'back'));
	symlinkSync('loop', join(own, 'loop'));
	const check =
		(mounts: readonly string[], rest: {readonly include?: string; readonly disk?: string; readonly root?: string} = {}) =>
		() => {
			requireSteadySources({
				root: rest.root ?? '/',
				mounts: mounts.map((text) => parseMount(text)),
				includes: rest.include === undefined ? [] : [parseInclude(`/x=${rest.include}`)],
				disks: rest.disk === undefined ? [] : [parseDisk(`file:d=${rest.disk}`)],
			});
		};
	const writable = `host-bind:/own=${own}`;
	const byLink = {message: new RegExp(`leads by the link ${own}/l`)};
	for (const mount of [`host-bind:/x=${own}/link`, `host-bind:/x=${other}/back/link/file,ro`, `overlay:/x=${own}/link`, `host-image:/x=${own}/link/file`]) {
		t.throws(check([mount, writable]), byLink, mount);
		t.notThrows(check([mount, `${writable},ro`]), mount);
	}
	t.throws(check([`host-bind:/x=${own}/loop`, writable]), byLink);
	t.throws(check([writable], {include: `${own}/link/../other/file`}), byLink);
	t.throws(check([writable], {root: `${own}/link`}), byLink);
	t.throws(check([`overlay:/x=/etc,upper=${own}`], {include: `${own}/link/file`}), byLink);
	t.throws(check([`host-bind:/own=${other}/back`], {disk: `${own}/image`}), {message: new RegExp(`^The image ${own}/image lies in ${own}, `)});
	t.notThrows(check([writable, `host-bind:/x=${own}/missing`, `host-bind:/y=${other}/back`, 'host-bind:/z='], {disk: `${other}/file`, include: own}));
});
