import {mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {planMachineRoot} from '../../../../src/backend/machine/root/machine-root.ts';
import {planRoot} from '../../../../src/backend/guest/root/plan-root.ts';
import {rootBase} from '../../../../src/backend/guest/root/root-plan.ts';
import {settleSources} from '../../../../src/backend/guest/root/settle-sources.ts';
import type {HostMount} from '../../../../src/backend/host/mounts/mount-table.ts';
import {defaultSpec} from '../../../../src/spec/default-spec.ts';
import {parseDisk} from '../../../../src/spec/parse/parse-disk.ts';
import {parseInclude} from '../../../../src/spec/parse/parse-include.ts';
import {parseMount} from '../../../../src/spec/parse/parse-mount.ts';
import type {SandboxSpec} from '../../../../src/spec/types.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'settle-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

interface Named {
	readonly table?: readonly HostMount[];
	readonly mounts?: readonly string[];
	readonly include?: string;
	readonly disk?: string;
	readonly root?: string;
}

function settle({mounts = [], include, disk, root = '/', table = []}: Named): SandboxSpec {
	const named = {
		...defaultSpec,
		root,
		mounts: mounts.map((text) => parseMount(text)),
		includes: include === undefined ? [] : [parseInclude(`/tmp/x=${include}`)],
		disks: disk === undefined ? [] : [parseDisk(`file:d=${disk}`)],
	};
	return settleSources(named, table, 1000).spec;
}

test('no source is reached by a link that the sandbox may write', (t) => {
	const directory = makeDirectory(t);
	const [own, other] = [join(directory, 'own'), join(directory, 'other')];
	for (const path of [own, other]) mkdirSync(path);
	writeFileSync(join(other, 'file'), '');
	symlinkSync('../other', join(own, 'link'));
	symlinkSync(own, join(other, 'back'));
	symlinkSync('loop', join(own, 'loop'));
	const check =
		(mounts: readonly string[], rest: Named = {}) =>
		() =>
			settle({mounts, ...rest});
	const writable = `host-bind:/own=${own}`;
	const byLink = {message: new RegExp(`leads by the link ${own}/l`)};
	for (const mount of [
		`host-bind:/x=${own}/link`,
		`host-bind:/x=${other}/back/link/file,ro`,
		`overlay:/x=${own}/link`,
		`overlay:/x=/etc,upper=${own}/link`,
		`host-image:/x=${own}/link/file`,
	]) {
		t.throws(check([mount, writable]), byLink, mount);
		t.notThrows(check([mount, `${writable},ro`]), mount);
	}
	t.throws(check([`host-bind:/x=${own}/loop`, writable]), {message: /^More than 40 links are on the way to /});
	t.throws(check([writable], {include: `${own}/link/../other/file`}), byLink);
	t.throws(check([writable], {root: `${own}/link`}), byLink);
	t.throws(check([`overlay:/x=/etc,upper=${own}`], {include: `${own}/link/file`}), byLink);
	t.throws(check([`host-bind:/own=${other}/back`], {disk: `${own}/image`}), {message: new RegExp(`^The image ${own}/image lies in ${own}, `)});
	t.notThrows(check([writable, `host-bind:/x=${own}/missing`, `host-bind:/y=${other}/back`, 'host-bind:/z='], {disk: `${other}/file`, include: own}));
});

test('each source is where its links lead as the kernel follows them; what is not there keeps its name', (t) => {
	const directory = makeDirectory(t);
	for (const path of ['a/b', 'upper']) mkdirSync(join(directory, path), {recursive: true});
	for (const path of ['a/file', 'c']) writeFileSync(join(directory, path), '');
	symlinkSync('a/b', join(directory, 'deep'));
	symlinkSync('/', join(directory, 'host'));
	const at = (path: string): string => join(directory, path);
	const {mounts, includes, disks} = settle({
		mounts: [
			`host-bind:/a=${at('deep')},ro`,
			`host-bind:/b=${directory}/deep/../file,ro`,
			`host-image:/c=${directory}/host${at('deep')}/../file`,
			`overlay:/d=${at('deep')},upper=${at('host')}${at('upper')}`,
			`host-bind:/e=${at('deep')}/none,ro`,
			'host-bind:/f=',
			'ram:/g=1M',
		],
		include: `${directory}/deep/../../c`,
		disk: `${directory}/deep/../file`,
	});
	t.deepEqual(
		mounts.map((mount) => [('source' in mount ? mount.source : undefined) ?? '', ...(mount.type === 'overlay' ? [mount.upper] : [])]),
		[[at('a/b')], [at('a/file')], [at('a/file')], [at('a/b'), at('upper')], [`${at('deep')}/none`], [''], ['']],
	);
	t.deepEqual([includes.map(({host}) => host), disks.map(({source}) => source)], [[at('c')], [at('a/file')]]);
	t.deepEqual(
		['/', at('host'), '/etc/..', at('deep')].map((root) => rootBase(settle({root}))),
		['', '', '', at('a/b')],
	);
});

test('what another process has open is no source by its name there', (t) => {
	t.throws(() => settle({mounts: ['host-bind:/x=/dev/fd/0']}), {message: /means something else in every process/});
	t.throws(() => settle({include: '/proc/self/maps'}), {message: /means something else in every process/});
});

test('a file system that another user’s program answers for is not asked, by whatever way', (t) => {
	const directory = makeDirectory(t);
	mkdirSync(join(directory, 'served/below'), {recursive: true});
	symlinkSync('served', join(directory, 'link'));
	const mountPoint = join(directory, 'served');
	const tableOf = (user: number): HostMount[] => [{mountPoint, fileSystem: 'fuse.sshfs', readonly: false, flags: [], options: [`user_id=${user}`]}];
	for (const source of [mountPoint, join(mountPoint, 'below'), join(directory, 'link/below')]) {
		for (const named of [
			{root: source},
			{include: source},
			{disk: source},
			{mounts: [`host-bind:/x=${source}`]},
			{mounts: [`overlay:/x=/etc,upper=${source}`]},
		]) {
			const message = `A program of another user answers for what is mounted at ${mountPoint} (FUSE), where ${source} lies: it could hold up libvirtd for all`;
			t.throws(() => settle({...named, table: tableOf(4242)}), {message});
			t.notThrows(() => settle({...named, table: tableOf(1000)}));
		}
	}
});

/** Puts a link to a place in that of a directory, as another sandbox may that has it writable. */
function lead(directory: string, to: string): void {
	renameSync(directory, `${directory}-saved`);
	symlinkSync(to, directory);
}

test('a link that takes the place of what was settled, or of a directory on the way, is not followed by the plan', (t) => {
	const machineOptions = {account: {uid: 0, gid: 0, groups: []}, temporary: () => '', caller: 0, state: '/run/virt-sandbox', closed: []};
	const plans = {
		container: (spec: SandboxSpec) => planRoot(spec, [], () => '').mounts.map(({kind, ...rest}) => ({kind, source: 'source' in rest ? rest.source : ''})),
		machine: (spec: SandboxSpec) => planMachineRoot(spec, [], machineOptions).tree.mounts.map((mount) => ({source: '', ...mount})),
	};
	for (const [name, sourcesOf] of Object.entries(plans)) {
		const directory = makeDirectory(t);
		for (const path of ['w/out/inner', 'private/inner']) mkdirSync(join(directory, path), {recursive: true});
		const [out, secret] = [join(directory, 'w/out'), join(directory, 'private')];
		const [itself, below] = [settle({mounts: [`host-bind:/mnt=${out}`]}), settle({mounts: [`host-bind:/mnt=${out}/inner`]})];
		const [asRoot, brought] = [settle({root: out}), settle({include: out})];
		lead(out, secret);
		t.throws(() => sourcesOf(itself), {message: `The source ${out} became a link while the sandbox was planned`}, name);
		t.throws(() => sourcesOf(asRoot), {message: `The way to ${out} has changed`}, name);
		if (name === 'machine') t.throws(() => sourcesOf(brought), {message: /is a symbolic link/});
		// Whoever mounts it follows no link, or compares.
		t.deepEqual(
			sourcesOf(below)
				.filter(({source}) => source.startsWith(directory))
				.map(({source}) => source),
			[join(out, 'inner')],
			name,
		);
	}
});
