import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {endLeftover} from '../../../src/backend/clean-up/end-leftover.ts';
import {testAsRoot} from '../../helpers/other-mounts.ts';

for (const [whose, uid] of [
	['another user', 65_534],
	// As sudo does, which anybody may run with any words.
	['root, which runs another program,', 0],
] as const) {
	testAsRoot(`a process of ${whose} that calls itself a container’s controller keeps nothing from being put away`, async (t) => {
		const name = `orphan-${process.pid}-${uid}`;
		const child = spawn('sh', ['-c', 'echo; read line', '--name', name], {argv0: '/x/libvirt_lxc', stdio: ['pipe', 'pipe', 'inherit'], uid});
		t.teardown(() => child.kill('SIGKILL'));
		await once(child.stdout, 'data');
		t.true(await endLeftover({name, uuid: '00000000-0000-4000-8000-000000000000', uri: 'lxc:///system'}, 0));
		t.is(child.exitCode, null);
	});
}
