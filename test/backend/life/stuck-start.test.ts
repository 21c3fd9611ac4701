import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {endStuckStart} from '../../../src/backend/life/stuck-start.ts';

(process.getuid?.() === 0 ? test : test.skip)('a process of another user that is the first of a pid namespace is not taken for one of a start', async (t) => {
	const name = `stuck-${process.pid}`;
	const words = (uid: number): readonly string[] => [
		`--setuid=${uid}`,
		'bash',
		'-c',
		'exec -a /x/libvirt_lxc sh -c "echo begun; read line" --name "$0"',
		name,
	];
	const start = async (uid: number) => {
		const child = spawn('unshare', ['--pid', '--fork', '--kill-child', ...words(uid)], {stdio: ['pipe', 'pipe', 'inherit']});
		t.teardown(() => child.kill('SIGKILL'));
		await once(child.stdout, 'data');
		return child;
	};
	const [theirs, ours] = [await start(65_534), await start(0)];
	const ended = once(ours, 'exit');
	endStuckStart(name);
	await ended;
	t.is(theirs.exitCode, null);
	theirs.stdin.end();
	t.deepEqual(await once(theirs, 'exit'), [1, null]);
});
