import {chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {testWithUserMachines as test} from '../helpers/machine.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {programPath, startProgram, type Ended, type RunSettings} from '../helpers/run-program.ts';

const nobody = 65534;

/** An ordinary user who may do nothing but what all may, with directories of their own; their daemons end with the test. */
interface OrdinaryUser {
	readonly home: string;
	/** The words that run a program as this user. */
	as(program: 'virt-sandbox' | 'virt-sandbox-shell', words: readonly string[]): readonly [file: string, words: readonly string[]];
	run(program: 'virt-sandbox' | 'virt-sandbox-shell', words: readonly string[], settings?: RunSettings): Promise<Ended>;
	readonly environment: Readonly<Record<string, string | undefined>>;
}

function makeUser(t: ExecutionContext): OrdinaryUser {
	// Short names: libvirt makes sockets deep below them.
	const directory = mkdtempSync(join(tmpdir(), 'o-'));
	chmodSync(directory, 0o755);
	const [home, runtime] = [join(directory, 'h'), join(directory, 'r')];
	for (const path of [home, runtime]) {
		mkdirSync(path, {mode: 0o700});
		chownSync(path, nobody, nobody);
	}
	t.teardown(async () => {
		for (const name of ['libvirtd', 'virtlogd']) await endDaemon(join(runtime, name === 'libvirtd' ? 'libvirt/libvirtd.pid' : 'libvirt/virtlogd.pid'));
		rmSync(directory, {recursive: true, force: true});
	});
	// Node hands a run's coverage directory down by itself, which this user could not write to.
	const environment = {PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: runtime, LANG: 'C.UTF-8', NODE_V8_COVERAGE: ''};
	const as: OrdinaryUser['as'] = (program, words) => [
		'setpriv',
		[`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--no-new-privs', programPath(program), ...words],
	];
	return {
		home,
		as,
		environment,
		run(program, words, settings) {
			const [file, rest] = as(program, words);
			return startProgram(file, rest, {input: '', environment, cwd: '/', ...settings}).ended;
		},
	};
}

async function endDaemon(pidFile: string): Promise<void> {
	const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
	if (pid <= 1) return;
	const until = performance.now() + 10_000;
	while (existsSync(`/proc/${pid}/exe`) && performance.now() < until) {
		process.kill(pid, 'SIGTERM');
		await new Promise((resolve) => {
			setTimeout(resolve, 50);
		});
	}
}

const onSession = ['-c', 'qemu:///session', '--accel', 'tcg'];

test('an ordinary user runs commands in machines of their own, and writes to what is shared with them alone', async (t) => {
	const user = makeUser(t);
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
	const user = makeUser(t);
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
