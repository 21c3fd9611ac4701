import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {testWithUserMachines as test} from '../helpers/machine.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {makeUser, nobody} from '../helpers/ordinary-user.ts';

const onSession = ['-c', 'qemu:///session', '--accel', 'tcg'];

test('an ordinary user runs commands in machines of their own, and writes to what is shared with them alone', async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const script = `
		cat; id -u
		echo mine >/data/made && stat -c %u /data/made
		touch /usr/mine 2>/dev/null || echo refused
		cat /etc/shadow 2>/dev/null || echo refused
		exit 4`;
	const ended = await user.run('virt-sandbox', [...onSession, '-m', `host-bind:/data=${user.home}`, '--', 'sh', '-c', script], {input: 'input\n'});
	t.deepEqual(ended, {status: 4, stdout: `input\n${nobody}\n${nobody}\nrefused\nrefused\n`, stderr: ''});
	t.is(readFileSync(join(user.home, 'made'), 'utf8'), 'mine\n');
});

test("an ordinary user's kept machine takes commands of exec, with a terminal too, and stops", async (t) => {
	const user = makeUser();
	t.teardown(() => user.end());
	const kept = await user.run('virt-sandbox', [...onSession, '--keep', '--name', 'of-nobody', '--consoles', '1', '--', 'sleep', '300']);
	t.like(kept, {status: 0, stdout: 'of-nobody\n'});
	const inside = ['-c', 'qemu:///session', '--exec', 'of-nobody', '--'];
	t.deepEqual(await user.run('virt-sandbox', [...inside, 'sh', '-c', 'cat; echo oops >&2; exit 5'], {input: 'more\n'}), {
		status: 5,
		stdout: 'more\n',
		stderr: 'oops\n',
	});
	const [file, words] = user.as('virt-sandbox', [...inside, 'sh', '-c', 'stty size; read line; echo "got $line"; exit 6']);
	const terminal = openTerminal(file, words, {environment: user.environment, cwd: '/'});
	t.teardown(() => terminal.close());
	await terminal.see('24 80');
	terminal.type('word\r');
	await terminal.see('got word');
	t.is(await terminal.exit(), 6);
	t.is((await user.run('virt-sandbox-shell', ['-c', 'qemu:///session', 'stop of-nobody'])).status, 0);
});
