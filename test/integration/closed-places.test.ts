// Where libvirt and sandboxes have their own, on the host, no sandbox sees anything.
import {chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseMount} from '../../src/spec/parse/parse-mount.ts';
import {testEach} from '../helpers/backends.ts';
import {lockDirectory} from '../helpers/locked-directory.ts';
import {finish, rootCaller, silentVoice} from '../helpers/run-sandbox.ts';

testEach("neither libvirt's own files nor those of users are seen, by whatever name, also in a directory that a user could change", async (t, backend) => {
	const home = mkdtempSync('/srv/closed-');
	t.teardown(() => rmSync(home, {recursive: true, force: true}));
	const places = ['.config/libvirt', '.cache/libvirt', '.cache/virt-sandbox/run'];
	for (const place of places) {
		mkdirSync(join(home, place), {recursive: true});
		writeFileSync(join(home, place, 'secret'), '');
	}
	chownSync(home, 65534, 65534);
	const looked = ['/var/lib/libvirt', ...places.flatMap((place) => [join(home, place), join('/again', place)])];
	const sandbox = await backend.start(
		t,
		{
			...backend.spec(),
			command: ['sh', '-c', `ls -A ${looked.join(' ')}; ls -A ${home}; ls -d /writable/${places[0]}/secret`],
			mounts: [`host-bind:/again=${home},ro`, `host-bind:/writable=${home}`].map((text) => parseMount(text)),
		},
		{caller: {...rootCaller, environment: {HOME: home}}},
	);
	const {stdout, stderr} = await finish(sandbox);
	t.is(stderr, '');
	const empty = looked.toSorted().map((place) => `${place}:\n`);
	t.is(stdout, `${empty.join('\n')}.cache\n.config\n/writable/${places[0]}/secret\n`);
});

for (const [what, locked] of [
	['into their home', 'home/.config'],
	['at its own directory', 'home'],
] as const) {
	testEach(
		`a user who has whoever looks ${what} wait for ever holds up no sandbox of root: as much is covered as it takes, and told of`,
		async (t, backend) => {
			const around = mkdtempSync('/srv/closed-');
			t.teardown(() => rmSync(around, {recursive: true, force: true}));
			chmodSync(around, 0o755);
			const home = join(around, 'home');
			mkdirSync(join(home, '.config'), {recursive: true});
			for (const directory of [around, home]) writeFileSync(join(directory, 'file'), '');
			chownSync(home, 65534, 65534);
			await lockDirectory(t, join(around, locked));
			const told: string[] = [];
			const voice = {...silentVoice, notice: (_level: string, code: string, message: string) => void told.push(`${code}: ${message}`)};
			const sandbox = await backend.start(
				t,
				{...backend.spec(), command: ['sh', '-c', `ls -A ${around}; ls -A ${home}; echo goes on`]},
				{voice, caller: {...rootCaller, environment: {HOME: home}}},
			);
			const isWhole = locked === 'home';
			t.is((await finish(sandbox)).stdout, isWhole ? 'goes on\n' : 'file\nhome\ngoes on\n');
			const covered = told.filter((line) => line.startsWith('home-covered: ')).at(-1) ?? '';
			t.true(covered.includes(`nothing of ${isWhole ? around : home}: `), told.join('\n'));
		},
	);
}
