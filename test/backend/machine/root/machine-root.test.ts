import {chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {planMachineRoot} from '../../../../src/backend/machine/root/machine-root.ts';
import {sourceProgram} from '../../../../src/backend/machine/root/mount-programs.ts';
import {settleSources} from '../../../../src/backend/guest/root/settle-sources.ts';
import {parseMountTable, readMountTable} from '../../../../src/backend/host/mounts/mount-table.ts';
import {defaultSpec} from '../../../../src/spec/default-spec.ts';
import {parseMount} from '../../../../src/spec/parse/parse-mount.ts';
import type {SandboxSpec} from '../../../../src/spec/types.ts';
import {testAsRoot} from '../../../helpers/other-mounts.ts';

const options = {account: {uid: 0, gid: 0, groups: []}, temporary: () => '/var/tmp/x', caller: 0, state: '/run/virt-sandbox', closed: []};

test('each overlay without an upper directory has a memory of its own, also where their places differ by a slash alone', (t) => {
	const mounts = ['overlay:/usr/lib=/usr/lib', 'overlay:/usr-lib=/usr/lib', 'overlay:/opt=/usr,upper=/var'].map((text) => parseMount(text, '/'));
	const {script, programs} = planMachineRoot({...defaultSpec, mounts}, readMountTable(), options);
	const lines = script.replaceAll("'", '').match(/^\tattach \.\/run\.d\/overlay.*$/gm);
	t.deepEqual(lines, [
		'\tattach ./run.d/overlay-0 /usr-lib overlay',
		'\tattach ./run.d/overlay-2 /opt overlay',
		'\tattach ./run.d/overlay-3 /usr/lib overlay',
	]);
	const layers = ['overlay-0', 'overlay-2', 'overlay-3'].map((name) =>
		programs
			.get(name)
			?.toString('latin1')
			.match(/lowerdir=[^,]*|size=\d+|(?:s|upper)\/[^\0,]*\/\./g),
	);
	t.deepEqual(layers, [
		['size=0', 'upper/0/.', 'lowerdir=s/tree/more/0/.'],
		['s/tree/more/2/.', 'lowerdir=s/tree/more/1/.'],
		['size=0', 'upper/3/.', 'lowerdir=s/tree/more/3/.'],
	]);
});

test('a plan goes on within its root where anything is mounted, made or copied by names of it, and else begins no other shell', (t) => {
	const withinOf = (changes: Partial<SandboxSpec>) =>
		/^within=.*$/m.exec(planMachineRoot({...defaultSpec, ...changes}, readMountTable(), options).script)?.[0];
	t.is(withinOf({}), 'within=');
	t.is(withinOf({mounts: [parseMount('host-bind:/mnt=/usr,rw', '/')]}), 'within=');
	t.is(withinOf({mounts: [parseMount('ram:/mnt=1M', '/')]}), 'within=1');
	t.is(withinOf({includes: [{guest: '/tmp/passwd', host: '/etc/passwd'}]}), 'within=1');
});

test('what is to be seen of what an overlay lies over and of what is copied is noted', (t) => {
	const table = parseMountTable('30 1 254:0 / / rw - ext4 /dev/vda rw');
	const home = mkdtempSync(join(tmpdir(), 'shown-'));
	t.teardown(() => rmSync(home, {recursive: true}));
	const places = ['lower', 'upper', 'copied'].map((name) => join(home, name));
	for (const place of places) mkdirSync(place);
	const [lower, upper, copied] = places;
	const mounts = [`overlay:/opt=${lower},upper=${upper}`, 'overlay:/mnt=/usr'].map((text) => parseMount(text, '/'));
	const {tree} = planMachineRoot({...defaultSpec, mounts, includes: [{guest: '/tmp/x', host: copied ?? ''}]}, table, options);
	const shown = tree.mounts.filter((mount) => mount.kind === 'bind' && mount.path.startsWith('more/')).map((mount) => mount.kind === 'bind' && mount.shown);
	const [below, above, usr, from] = [lower, upper, '/usr', copied].map((root) => ({device: '254:0', root}));
	t.deepEqual(shown, [below, above, usr, from]);
});

test('a directory that is included is copied from where no link is followed; a file is there as it is', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'includes-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const source = join(directory, 'source');
	mkdirSync(source);
	const includes = [source, '/etc/passwd'].map((host, index) => ({guest: `/tmp/${index}`, host}));
	const {script, programs} = planMachineRoot({...defaultSpec, includes}, readMountTable(), options);
	const [, name = ''] = /run\.d\/(source-\d+)/.exec(script) ?? [];
	t.deepEqual(script.replaceAll("'", '').match(/^\t(?:attach \S*source|include).*$/gm), [
		`\tattach ./run.d/${name} /tmp/0 include`,
		'\tinclude ./made /tmp/0 0:0 own',
		'\tinclude s/tree/more/1 /tmp/1 0:0 own',
	]);
	t.deepEqual(programs.get(name), sourceProgram('s/tree/more/0'));
	// Read-only, and MOUNT_ATTR_NOSYMFOLLOW, before two fields of nothing.
	t.true(sourceProgram('s/tree/more/0').includes(Buffer.from(`${'0100200000000000'}${'00'.repeat(16)}`, 'hex')));
});

test('a root that is named by a link is that of the directory it leads to', (t) => {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'root-')));
	t.teardown(() => rmSync(directory, {recursive: true}));
	mkdirSync(join(directory, 'real/bin'), {recursive: true});
	symlinkSync('real', join(directory, 'link'));
	const planOf = (root: string) => planMachineRoot(settleSources({...defaultSpec, root}, [], 0).spec, readMountTable(), options).tree.mounts;
	const cause = {kind: 'option', text: `root ${join(directory, 'real')}`};
	t.deepEqual(planOf(join(directory, 'link')), [
		{kind: 'bind', path: 'root/bin', source: join(directory, 'real/bin'), readonly: true, isAsked: false, cause},
	]);
});

test('the state of all sandboxes is hidden in what is shared, though links name the one or the other', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'root-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	mkdirSync(join(directory, 'real'));
	symlinkSync('real', join(directory, 'link'));
	const coversOf = (shared: string, state: string) => {
		const mounts = [parseMount(`host-bind:/opt=${join(directory, shared)}`, '/')];
		const {spec} = settleSources({...defaultSpec, mounts}, [], 0);
		const {tree} = planMachineRoot(spec, readMountTable(), {...options, state: join(directory, state)});
		return tree.mounts.flatMap(({kind, path}) => (kind === 'cover' && path.startsWith('root/opt') ? path : []));
	};
	// It is made by a start: a plan comes before that.
	t.deepEqual(coversOf('real', 'link/virt-sandbox'), ['root/opt/virt-sandbox']);
	t.deepEqual(coversOf('link', 'real/virt-sandbox'), ['root/opt/virt-sandbox']);
	mkdirSync(join(directory, 'real/virt-sandbox'));
	t.deepEqual(coversOf('real', 'link/virt-sandbox'), ['root/opt/virt-sandbox']);
	t.deepEqual(coversOf('real', 'real/virt-sandbox'), ['root/opt/virt-sandbox']);
});

test('what covers a mount of the host that cannot be shown may be gone with its place; what somebody hides may not', (t) => {
	const stick = {mountPoint: '/usr/share', fileSystem: 'fuseblk', readonly: false, flags: [], options: ['user_id=0']};
	const table = [...readMountTable(), {...stick, id: '9000', parent: '1', device: '0:900', root: '/', source: '/dev/sdz1'}];
	const {tree} = planMachineRoot({...defaultSpec, mounts: [parseMount('hide:/usr/sbin', '/')]}, table, options);
	t.deepEqual(
		tree.mounts.filter(({kind, path}) => kind === 'cover' && /^root\/usr\/(?:share|sbin)$/.test(path)),
		[
			{kind: 'cover', path: 'root/usr/share', of: 'directory', mayBeGone: true},
			{kind: 'cover', path: 'root/usr/sbin', of: 'directory'},
		],
	);
});

test('nobody asks a program of another user what is mounted upon: it is taken for a directory', (t) => {
	const root = realpathSync(mkdtempSync(join(tmpdir(), 'root-')));
	t.teardown(() => rmSync(root, {recursive: true}));
	mkdirSync(join(root, 'srv'));
	writeFileSync(join(root, 'srv/served'), '');
	const table = parseMountTable(`30 1 254:0 / / rw - ext4 /dev/vda rw\n31 30 0:90 / ${root}/srv/served rw - fuse.sshfs there rw,user_id=4242\n`);
	const mounts = [parseMount('ram:/srv/served=1M', '/')];
	const {tree} = planMachineRoot({...defaultSpec, root, mounts}, table, options);
	t.like(
		tree.mounts.findLast(({path}) => path === 'root/srv/served'),
		{kind: 'cover', of: 'directory'},
	);
});

testAsRoot('what the host has mounted in what others may change is covered for root, and the directory is known that may be covered instead', (t) => {
	const directory = mkdtempSync('/srv/homes-');
	t.teardown(() => rmSync(directory, {recursive: true}));
	const place = join(directory, 'data/mounted');
	for (const path of [place, join(directory, 'other')]) mkdirSync(path, {recursive: true});
	for (const path of [join(directory, 'data'), place]) chownSync(path, 65_534, 65_534);
	chmodSync(directory, 0o755);
	const known = {mountPoint: place, fileSystem: 'tmpfs', readonly: false, flags: [], options: []};
	const table = [...readMountTable(), {...known, id: '9000', parent: '1', device: '0:900', root: '/', source: 'none'}];
	const homesOf = (mounts: readonly string[], caller = 0) =>
		planMachineRoot({...defaultSpec, mounts: mounts.map((text) => parseMount(text, '/'))}, table, {...options, caller}).tree.mounts.find(
			({path}) => path === `root${place}`,
		);
	const home = `root${directory}/data`;
	t.like(homesOf([]), {kind: 'cover', homes: [home, `root${directory}`, 'root/srv']});
	t.like(homesOf([`host-bind:${directory}/other=/usr,ro`]), {homes: [home]});
	t.like(homesOf([], 65_534), {kind: 'bind', isAsked: false});
});

test('what else is closed is hidden in what can only be read, and not where it was asked for itself', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'root-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const path = join(directory, 'libvirt');
	mkdirSync(path);
	const mounts = [`host-bind:/opt=${directory},ro`, `host-bind:/mnt=${directory}`, `host-bind:/srv=${path},ro`].map((text) => parseMount(text, '/'));
	const {tree} = planMachineRoot({...defaultSpec, mounts}, readMountTable(), {...options, closed: [{path, always: false, isLoose: true}]});
	const covers = tree.mounts.filter(({kind, path: place}) => kind === 'cover' && /^root\/(?:opt|mnt|srv)/.test(place));
	t.deepEqual(covers, [{kind: 'cover', path: 'root/opt/libvirt', of: 'directory', ifThere: true, isShownBy9p: true}]);
});
