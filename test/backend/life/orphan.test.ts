import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {endOrphan} from '../../../src/backend/life/orphan.ts';

(process.getuid?.() === 0 ? test : test.skip)(
	'a process of another user that calls itself a container’s controller keeps nothing from being put away',
	async (t) => {
		const name = `orphan-${process.pid}`;
		const child = spawn('sh', ['-c', 'echo; read line', '--name', name], {argv0: '/x/libvirt_lxc', stdio: ['pipe', 'pipe', 'inherit'], uid: 65_534});
		t.teardown(() => child.kill('SIGKILL'));
		await once(child.stdout, 'data');
		t.true(await endOrphan({name, uuid: '00000000-0000-4000-8000-000000000000', uri: 'lxc:///system'}, 0));
		t.is(child.exitCode, null);
	},
);
