import {execFile, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readFile, readlink, rm, rmdir, stat, utimes, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {acceptsConnections} from '../../../../src/backend/host/libvirtd/accepts-connections.ts';
import {ensureEmbeddedLibvirtd} from '../../../../src/backend/host/libvirtd/embedded-libvirtd.ts';
import {embeddedUri} from '../../../../src/backend/host/libvirtd/embedded-place.ts';
import {openConnection} from '../../../../src/backend/libvirt/index.ts';
import {anyHierarchy} from '../../../helpers/cgroups.ts';
import {startOwnLibvirtd, testWithLibvirtd} from '../../../helpers/libvirtd.ts';

async function makeDirectory(t: ExecutionContext): Promise<string> {
	const outer = await mkdtemp(join(tmpdir(), 'embedded-'));
	t.teardown(() => rm(outer, {recursive: true, force: true}));
	return join(outer, 'libvirtd');
}

/** Of a container that sleeps for a minute. */
function sleeperXml(name: string): string {
	return `<domain type='lxc'><name>${name}-${process.pid}</name><memory>65536</memory><os><type>exe</type><init>/bin/sleep</init><initarg>60</initarg></os>
		<devices><console type='pty'/><filesystem type='mount'><source dir='/'/><target dir='/'/><readonly/></filesystem></devices></domain>`;
}

async function until(condition: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
	const deadline = Date.now() + limitMs;
	while (!(await condition())) {
		if (Date.now() > deadline) {
			throw new Error('The condition did not come true in time');
		}
		await wait(10);
	}
}

testWithLibvirtd('several that start it at once share one daemon, which ends after its last client', async (t) => {
	const directory = await makeDirectory(t);
	const answers = await Promise.all([1, 2, 3].map(() => ensureEmbeddedLibvirtd({directory, idleSeconds: 1})));
	t.deepEqual(
		answers.map(({uri}) => uri),
		Array.from({length: 3}, () => embeddedUri(directory)),
	);
	t.is(answers.filter(({started}) => started).length, 1);

	const client = connect(join(directory, 'sock', 'libvirt-sock'));
	const pid = Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8'));
	t.deepEqual(await ensureEmbeddedLibvirtd({directory, idleSeconds: 1}), {uri: embeddedUri(directory), started: false});
	client.destroy();
	await until(() => !existsSync(`/proc/${pid}`));
});

testWithLibvirtd('what the job that begins it may use is no limit of the daemon', async (t) => {
	const directory = await makeDirectory(t);
	const script = `import(${JSON.stringify(new URL('../../../../src/backend/host/libvirtd/embedded-libvirtd.js', import.meta.url).href)}).then((all) => all.ensureEmbeddedLibvirtd({directory: '${directory}', idleSeconds: 1}))`;
	const limits = `ulimit -S -t 50; ulimit -S -f 1000; ulimit -S -n 200; umask 077; echo 500 >/proc/$$/oom_score_adj; exec nice -n 5 taskset -c "$2" chrt -b 0 ionice -c 3 $3 "$0" ${process.execArgv.join(' ')} -e "$1"`;
	const allowed = (text: string): string => /^Cpus_allowed_list:\t(.*)$/m.exec(text)?.[1] ?? '';
	const [cpu = '0'] = allowed(await readFile('/proc/self/status', 'utf8')).split(/[-,]/);
	// Some containers forbid it.
	const architecture = spawnSync('setarch', ['-R', 'true']).status === 0 ? 'setarch -R' : '';
	const job = join(anyHierarchy(), `job-${process.pid}`);
	await mkdir(job);
	t.teardown(() => rmdir(job).catch(() => undefined));
	await promisify(execFile)('sh', ['-c', `echo $$ >"$4/cgroup.procs" && ${limits}`, process.execPath, script, cpu, architecture, job], {timeout: 40_000});
	const pid = Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8'));
	const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8');
	const [given, score, stats, status] = await Promise.all(['limits', 'oom_score_adj', 'stat', 'status'].map(read));
	// What may not be raised above this test's own stays.
	const lineOf = (text: string, name: string): string | undefined => text.split('\n').find((line) => line.startsWith(`Max ${name}`));
	const [own, first] = await Promise.all(['self', '1'].map((id) => readFile(`/proc/${id}/limits`, 'utf8')));
	for (const name of ['cpu time', 'file size', 'address space']) {
		if (lineOf(own ?? '', name) === lineOf(first ?? '', name)) t.is(lineOf(given ?? '', name), lineOf(first ?? '', name));
	}
	t.regex(given ?? '', /^Max core file size +0 /m);
	t.regex(given ?? '', /Max open files +\d{4,} /);
	t.is(score?.trim(), '0');
	t.is(stats?.split(') ')[1]?.split(' ')[16], '0', 'nice');
	t.is(stats?.split(') ')[1]?.split(' ')[38], '0', 'policy');
	t.is((await readFile(`/proc/${pid}/personality`, 'utf8')).trim(), '00000000');
	t.regex((await promisify(execFile)('ionice', ['-p', `${pid}`])).stdout, /^none/);
	t.regex(status ?? '', /^Umask:\t0022$/m);
	t.is(allowed(status ?? ''), allowed(await readFile('/proc/1/status', 'utf8')));
	// systemd gives it a scope of its own, where it may be asked.
	if (!existsSync('/run/systemd/system')) t.false((await readFile(`/proc/${pid}/cgroup`, 'utf8')).includes(basename(job)));
	await until(() => !existsSync(`/proc/${pid}`));
});

testWithLibvirtd('it stays as long as a sandbox runs in it, client or not', async (t) => {
	const directory = await makeDirectory(t);
	const {uri} = await ensureEmbeddedLibvirtd({directory, idleSeconds: 1});
	const pid = Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8'));
	const first = await openConnection(uri);
	const domain = await first.createXml(sleeperXml('embedded'));
	await first.close();
	const idle = Date.now() + 2500;
	await until(() => Date.now() > idle || !existsSync(`/proc/${pid}`));
	t.true(existsSync(`/proc/${pid}`));

	const second = await openConnection(uri);
	await second.destroy(domain);
	await second.close();
	await until(() => !existsSync(`/proc/${pid}`));
	t.false(existsSync(join(directory, 'libvirtd.pid')));
});

testWithLibvirtd('what its domains make it log is bounded, in a file system that goes with it', async (t) => {
	const directory = await makeDirectory(t);
	await ensureEmbeddedLibvirtd({directory, idleSeconds: 8});
	const pid = Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8'));
	const logs = join(directory, 'log', 'qemu');
	await mkdir(logs, {recursive: true});
	const [large, small, old] = ['large', 'small', 'old'].map((name) => join(logs, `${name}.log`)) as [string, string, string];
	for (const [path, size] of [
		[large, 2 << 20],
		[small, 100],
		[old, 100],
	] as const)
		await writeFile(path, Buffer.alloc(size));
	await utimes(old, 1000, 1000);
	const full = await t.throwsAsync(writeFile(join(logs, 'flood'), Buffer.alloc(20 << 20)));
	t.is((full as NodeJS.ErrnoException).code, 'ENOSPC');
	await until(async () => !existsSync(old) && (await stat(large)).size === 0);
	t.is((await stat(small)).size, 100);
	await until(() => !existsSync(`/proc/${pid}`), 30_000);
	t.false(existsSync(logs));
});

/** A network namespace, since the network of another libvirtd may have the same addresses here. */
testWithLibvirtd('its network is started for a sandbox that wants it, and ended again, so that the daemon ends too', async (t) => {
	const directory = await makeDirectory(t);
	const module = new URL('../../../../src/backend/host/libvirtd/embedded-libvirtd.js', import.meta.url).href;
	const libvirt = new URL('../../../../src/backend/libvirt/index.js', import.meta.url).href;
	const code = `
		import {spawn} from 'node:child_process';
		import {once} from 'node:events';
		import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
		import {setTimeout as wait} from 'node:timers/promises';
		import {ensureEmbeddedLibvirtd} from '${module}';
		import {openConnection} from '${libvirt}';
		const [directory] = process.argv.slice(1);
		const {uri} = await ensureEmbeddedLibvirtd({directory, idleSeconds: 1});
		const pid = readFileSync(directory + '/libvirtd.pid', 'utf8').trim();
		const state = directory + '/run/network/default.xml';
		const first = await openConnection(uri);
		await first.networkCreate(await first.networkLookupByName('default'));
		const told = [existsSync(state)];
		// Nor for somebody else's socket that has the same name elsewhere, with a client.
		const socket = directory + '/sock/libvirt-sock';
		const theirs = 'mount -t tmpfs none "$1" && mkdir -p "$(dirname "$0")" && exec perl -MSocket -e "$2" "$0"';
		const perl = \`socket my $s, AF_UNIX, SOCK_STREAM, 0; bind $s, pack_sockaddr_un($ARGV[0]) or die $!; listen $s, 1;
			socket my $c, AF_UNIX, SOCK_STREAM, 0; connect $c, pack_sockaddr_un($ARGV[0]) or die $!; accept my $a, $s; $| = 1; print "there\n"; sleep 60\`;
		const other = spawn('unshare', ['--mount', 'sh', '-c', theirs, socket, directory + '/..', perl], {stdio: ['ignore', 'pipe', 'inherit']});
		await once(other.stdout, 'data');
		// As long as somebody is connected it stays.
		await wait(3500);
		told.push(existsSync(state));
		// Nor does it go while a sandbox runs: this is where libvirt keeps what it knows of one.
		const domain = directory + '/run/lxc/sandbox-1.xml';
		writeFileSync(domain, '');
		await first.close();
		await wait(4500);
		told.push(existsSync(state));
		rmSync(domain);
		const until = Date.now() + 20_000;
		while ((existsSync(state) || existsSync('/proc/' + pid)) && Date.now() < until) await wait(20);
		told.push(existsSync(state), existsSync('/proc/' + pid));
		other.kill('SIGKILL');
		console.log(JSON.stringify(told));`;
	const words = [
		'--net',
		'sh',
		'-c',
		'ip link set lo up && exec "$0" "$@"',
		process.execPath,
		...process.execArgv,
		'--input-type=module',
		'-e',
		code,
		directory,
	];
	const {stdout} = await promisify(execFile)('unshare', words, {timeout: 40_000});
	t.deepEqual(JSON.parse(stdout), [true, true, true, false, false]);
});

testWithLibvirtd('it starts again after it was killed', async (t) => {
	const {pid, socket} = await startOwnLibvirtd(t);
	process.kill(pid, 'SIGKILL');
	const directory = join(socket, '..', '..');
	await until(async () => !(await acceptsConnections(socket)));
	t.deepEqual(await ensureEmbeddedLibvirtd({directory, idleSeconds: 60}), {uri: embeddedUri(directory), started: true});
	t.not(Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8')), pid);
});

testWithLibvirtd('what is left of one that was killed takes nothing of the next one with it', async (t) => {
	const directory = await makeDirectory(t);
	const {uri} = await ensureEmbeddedLibvirtd({directory, idleSeconds: 5});
	const pid = Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8'));
	const [, , starter] = (await readlink(join(directory, 'log'))).split('/');
	const connection = await openConnection(uri);
	const domain = await connection.createXml(sleeperXml('left'));
	process.kill(pid, 'SIGKILL');
	await connection.close();
	await until(() => !existsSync(`/proc/${pid}`));
	await ensureEmbeddedLibvirtd({directory, idleSeconds: 5});
	t.true(existsSync(`/proc/${starter}`));
	const second = await openConnection(uri);
	await second.destroy(domain);
	await second.close();
	await until(() => !existsSync(`/proc/${starter}`));
	t.true(existsSync(join(directory, 'log')));
	const next = Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8'));
	await until(() => !existsSync(`/proc/${next}`), 30_000);
});

testWithLibvirtd('one that takes its socket away and does not end is killed, so that another one starts', async (t) => {
	const directory = await makeDirectory(t);
	await ensureEmbeddedLibvirtd({directory, idleSeconds: 60});
	const pid = Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8'));
	// Its parent looks for the socket each time that it has trimmed logs.
	const log = join(directory, 'log', 'qemu', 'large.log');
	await mkdir(dirname(log), {recursive: true});
	for (let turns = 0; turns < 2; turns++) {
		await writeFile(log, Buffer.alloc(2 << 20));
		await until(async () => (await stat(log)).size === 0);
	}
	process.kill(pid, 'SIGSTOP');
	await rm(join(directory, 'sock', 'libvirt-sock'));
	t.like(await ensureEmbeddedLibvirtd({directory, idleSeconds: 1, startLimitMs: 40_000}), {started: true});
	t.false(existsSync(`/proc/${pid}`));
	const next = await readFile(join(directory, 'libvirtd.pid'), 'utf8');
	await until(() => !existsSync(`/proc/${Number(next)}`));
});

testWithLibvirtd('one that works hard and answers nobody is killed', async (t) => {
	const directory = await makeDirectory(t);
	const program = join(directory, '..', 'spinning');
	const spinning = `#!/usr/bin/perl
use IO::Socket::UNIX;
my ($file) = "@ARGV" =~ /--pid-file (\\S+)/;
# As libvirtd does, before anybody can reach it.
open my $pid, ">", $file or die;
print $pid $$;
close $pid;
my $socket = IO::Socket::UNIX->new(Local => "${join(directory, 'sock', 'libvirt-sock')}", Listen => 9) or die;
1 while 1;
`;
	await writeFile(program, spinning, {mode: 0o755});
	t.like(await ensureEmbeddedLibvirtd({directory, idleSeconds: 60, programs: [program]}), {started: true});
	const pid = Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8'));
	await until(() => !existsSync(`/proc/${pid}`), 90_000);
	t.pass();
});

testWithLibvirtd('it holds no descriptor of whoever started it', async (t) => {
	const directory = await makeDirectory(t);
	const module = new URL('../../../../src/backend/host/libvirtd/embedded-libvirtd.js', import.meta.url).href;
	const code = `import {ensureEmbeddedLibvirtd} from '${module}'; await ensureEmbeddedLibvirtd({directory: process.argv[1], idleSeconds: 60})`;
	// Those that follow each other from 3 on Node itself does not pass on.
	const others = [...Array.from({length: 38}, () => 'ignore' as const), 'pipe' as const, 'pipe' as const];
	const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', code, directory], {stdio: ['ignore', 'ignore', ...others]});
	const pipes = child.stdio.filter((pipe) => pipe !== null && pipe !== undefined);
	t.is(pipes.length, 2);
	const released = Promise.all(pipes.map((pipe) => once('resume' in pipe ? pipe.resume() : pipe, 'end')));
	let isReleased = false;
	void released.then(() => (isReleased = true));
	t.deepEqual(await once(child, 'exit'), [0, null]);
	const pid = Number(await readFile(join(directory, 'libvirtd.pid'), 'utf8'));
	t.teardown(async () => {
		process.kill(pid);
		await until(() => !existsSync(`/proc/${pid}`));
	});
	await until(() => isReleased);
	t.true(existsSync(`/proc/${pid}`));
});

testWithLibvirtd('only root reaches it', async (t) => {
	const {socket} = await startOwnLibvirtd(t);
	t.is((await stat(join(socket, '..', '..'))).mode & 0o777, 0o700);
	t.is((await stat(socket)).mode & 0o777, 0o700);
});

testWithLibvirtd('a libvirtd that is missing is named with its packages', async (t) => {
	const directory = await makeDirectory(t);
	const error = await t.throwsAsync(ensureEmbeddedLibvirtd({directory, programs: ['/nowhere/libvirtd']}));
	t.like(error, {code: 'unavailable', message: 'No libvirt daemon answers, and libvirtd is not installed'});
});

testWithLibvirtd('a libvirtd that does not start is quoted', async (t) => {
	const directory = await makeDirectory(t);
	const program = join(directory, '..', 'broken');
	await writeFile(program, '#!/bin/sh\necho "error: no such luck" >&2\nexit 3\n', {mode: 0o755});
	const error = await t.throwsAsync(ensureEmbeddedLibvirtd({directory, programs: [program]}));
	t.like(error, {
		code: 'unavailable',
		message: 'The libvirtd of our own did not start (status 3): error: no such luck',
		hint: `Its log is ${directory}/libvirtd.log.`,
	});
});

test('an aborted signal ends the start', async (t) => {
	const directory = await makeDirectory(t);
	await t.throwsAsync(ensureEmbeddedLibvirtd({directory, signal: AbortSignal.abort(), programs: ['/bin/sh']}));
});
