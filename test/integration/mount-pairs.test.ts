import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {container, runAlone, testEach} from '../helpers/backends.ts';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';

interface Place {
	readonly target: string;
	/** The mount's own on the host: it holds a file `marker` and a directory `inner`. */
	readonly directory: string;
	/** Where the mount may put a ram of its own. */
	readonly ram: string;
}

/** A way to mount something, and what is to be seen of it. */
interface Kind {
	/** The mount strings. */
	mount(place: Place): readonly string[];
	readonly shows: '' | 'marker';
	readonly isWritable: boolean;
	/** What the guest writes is seen in the host's directory. */
	readonly reachesHost: boolean;
}

function image({target, directory}: Place, option: string): string[] {
	const file = `${directory}.img`;
	const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;
	execFileSync('mkfs.ext4', ['-q', '-F', '-O', '^has_journal', '-d', directory, file, '2M'], {env: {...process.env, PATH}});
	return [`host-image:${target}=${file}${option}`];
}

const kinds: Readonly<Record<string, Kind>> = {
	'host-bind': {mount: ({target, directory}) => [`host-bind:${target}=${directory}`], shows: 'marker', isWritable: true, reachesHost: true},
	'host-bind,ro': {mount: ({target, directory}) => [`host-bind:${target}=${directory},ro`], shows: 'marker', isWritable: false, reachesHost: false},
	'host-bind=': {mount: ({target}) => [`host-bind:${target}=`], shows: '', isWritable: true, reachesHost: false},
	ram: {mount: ({target}) => [`ram:${target}=1M`], shows: '', isWritable: true, reachesHost: false},
	'host-image': {mount: (place) => image(place, ''), shows: 'marker', isWritable: true, reachesHost: false},
	'host-image,ro': {mount: (place) => image(place, ',ro'), shows: 'marker', isWritable: false, reachesHost: false},
	'guest-bind': {mount: ({target, ram}) => [`ram:${ram}=1M`, `guest-bind:${target}=${ram}`], shows: '', isWritable: true, reachesHost: false},
	'guest-bind,ro': {mount: ({target, ram}) => [`ram:${ram}=1M`, `guest-bind:${target}=${ram},ro`], shows: '', isWritable: false, reachesHost: false},
};

/** Inside: what there is, and whether it can be written to. */
const look = (path: string): string =>
	`ls ${path} | grep -vx -e inner -e lost+found -e new | tr '\\n' ' '; if (echo x >${path}/new) 2>/dev/null; then echo written; else echo refused; fi`;

const sees = ({shows, isWritable}: Kind): string => `${shows === '' ? '' : `${shows} `}${isWritable ? 'written' : 'refused'}\n`;

for (const [outerName, outer] of Object.entries(kinds)) {
	testEach(`each kind of mount in ${outerName}, or beside it where nothing is mounted in such`, async (t, backend) => {
		// What a guest-bind shows belongs to the place that it is of; a mount in it would be one there.
		const isInside = !outerName.startsWith('guest-bind') && (backend.name === 'machine' || !outerName.startsWith('host-image'));
		const directory = mkdtempSync(join(tmpdir(), 'pairs-'));
		chmodSync(directory, 0o755);
		t.teardown(() => rmSync(directory, {recursive: true, force: true}));
		const pairs = Object.entries(kinds).map(([innerName, inner], index) => {
			const outerTarget = `/outer-${index}`;
			// libvirt mounts images by their path, which whoever writes to a directory of the host could lead elsewhere.
			const isLed = backend.name === 'container' && innerName.startsWith('host-image') && ['host-bind', 'host-bind,ro'].includes(outerName);
			const pair = {innerName, inner, outerTarget, innerTarget: isInside && !isLed ? `${outerTarget}/inner` : `/inner-${index}`};
			const [outerDirectory, innerDirectory] = [join(directory, `outer-${index}`), join(directory, `inner-${index}`)];
			for (const each of [outerDirectory, innerDirectory]) {
				mkdirSync(join(each, 'inner'), {recursive: true});
				writeFileSync(join(each, 'marker'), '');
			}
			return {...pair, outerDirectory, innerDirectory};
		});
		const mounts = pairs.flatMap(({inner, innerTarget, innerDirectory, outerTarget, outerDirectory}, index) => [
			...inner.mount({target: innerTarget, directory: innerDirectory, ram: `/source-${index}a`}),
			...outer.mount({target: outerTarget, directory: outerDirectory, ram: `/source-${index}b`}),
		]);
		const script = pairs.map(({innerTarget, outerTarget}) => `${look(innerTarget)}; ${look(outerTarget)}`).join('\n');
		const {stdout, stderr} = await runAlone(backend, t, ['sh', '-c', script], {mounts: mounts.map((text) => parseMount(text))});
		t.deepEqual([stdout, stderr], [pairs.map(({inner}) => `${sees(inner)}${sees(outer)}`).join(''), '']);
		for (const {innerName, inner, innerDirectory, outerDirectory} of pairs) {
			t.deepEqual(
				[existsSync(join(innerDirectory, 'new')), existsSync(join(outerDirectory, 'new'))],
				[inner.reachesHost && inner.isWritable, outer.reachesHost && outer.isWritable],
				innerName,
			);
		}
	});
}

for (const mount of ['ram:/image/old=1M', 'host-bind:/image/old=/usr/share', 'guest-bind:/shown=/image/old', 'guest-bind:/image/inner=/usr'])
	testWithLibvirtd(`a container does without ${mount.split('=')[0]} of an image, whose links could lead it to the host's own root`, async (t) => {
		const directory = mkdtempSync(join(tmpdir(), 'pairs-'));
		t.teardown(() => rmSync(directory, {recursive: true, force: true}));
		const content = join(directory, 'content');
		mkdirSync(join(content, 'inner'), {recursive: true});
		symlinkSync('/.oldroot/etc', join(content, 'old'));
		const mounts = [...image({target: '/image', directory: content, ram: ''}, ''), mount].map((text) => parseMount(text));
		const error = await t.throwsAsync(container.start(t, {command: ['true'], mounts}));
		t.regex(error?.message ?? '', /^\/image\/\w+ lies in the image at \/image, whose links could lead elsewhere what is (mounted|shown) by that name$/);
	});

testWithLibvirtd('a container does without an image in what others may write to, who would say where libvirt mounts it', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'pairs-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [outer, content] = [join(directory, 'outer'), join(directory, 'content')];
	for (const path of [join(outer, 'inner'), content]) mkdirSync(path, {recursive: true});
	const mounts = [`host-bind:/w=${outer}`, ...image({target: '/w/inner', directory: content, ram: ''}, '')];
	const error = await t.throwsAsync(container.start(t, {command: ['true'], mounts: mounts.map((text) => parseMount(text))}));
	t.regex(error?.message ?? '', /^Others may write to where \/w\/inner lies, and would say where libvirt mounts the image /);
});
