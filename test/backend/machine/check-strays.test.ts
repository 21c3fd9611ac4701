import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, realpathSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {identityOf} from '../../../src/backend/host/files/file-identity.ts';
import {checkOpened} from '../../../src/backend/machine/check-opened.ts';
import {checkStrays} from '../../../src/backend/machine/check-strays.ts';

// As a QEMU's: a log, a memory that it has mapped, a device, a socket.
const program = `
	use Socket;
	$| = 1;
	my ($directory, $what) = @ARGV;
	sub memory { my $memory = syscall(319, my $name = "memory", 0); truncate "/proc/self/fd/$memory", 4096 or die $!; $memory }
	my $memory = memory();
	syscall(9, 0, 4096, 3, 1, $memory, 0) > 0 or die "mmap: $!";
	open my $device, "<", "/dev/null" or die $!;
	socketpair my $one, my $other, AF_UNIX, SOCK_STREAM, 0 or die $!;
	open my $image, "<", "$directory/image" or die $!;
	open my $pid, "+>", "$directory/pid" or die $!;
	syswrite $pid, "$$\\n";
	my $stray;
	if ($what eq "file") { open $stray, "<", "$directory/stray" or die $!; }
	if ($what eq "nameless") { open $stray, "<", "$directory/stray" or die $!; unlink "$directory/stray"; }
	if ($what eq "memory") { $stray = memory(); }
	print "open\\n"; <STDIN>;
`;

/** What is said of a process that has all this open, and something more. */
async function complaint(t: ExecutionContext, what: string): Promise<string | undefined> {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'strays-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	for (const name of ['image', 'stray']) writeFileSync(join(directory, name), name);
	const image = join(directory, 'image');
	const child = spawn('perl', ['-e', program, directory, what], {stdio: ['pipe', 'pipe', 'inherit']});
	t.teardown(() => child.kill('SIGKILL'));
	// Where it fails, there is its end.
	await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
	const qemu = child.pid ?? 0;
	const rest = checkOpened({shares: [], images: [{source: image, identity: identityOf(statSync(image, {bigint: true}))}]}, qemu);
	try {
		checkStrays(rest, {qemu, mountTable: [], user: 0});
		return undefined;
	} catch (error) {
		return error instanceof Error ? error.message.replace(directory, '') : '';
	}
}

test('of files a QEMU has its images open, what it has mapped, and the one with its pid; any other is told', async (t) => {
	const told = (place: string): string => `The QEMU of the machine has opened ${place}, which it was not told to`;
	t.is(await complaint(t, 'nothing'), undefined);
	t.is(await complaint(t, 'file'), told('/stray'));
	t.is(await complaint(t, 'nameless'), told('/stray (deleted)'));
	t.is(await complaint(t, 'memory'), told('/memfd:memory (deleted)'));
});
