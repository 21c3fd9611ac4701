// Where libvirt and sandboxes have their own, on the host, no sandbox sees anything.
import {chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseMount} from '../../src/spec/parse-mount.ts';
import {finish, rootCaller} from '../helpers/run-sandbox.ts';
import {testEach} from '../helpers/backends.ts';

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
