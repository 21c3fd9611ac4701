import {existsSync, mkdtempSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {startFileSystemServer} from './file-system-server.ts';
import {waitUntil} from './wait-until.ts';

/** Locking one takes root, and FUSE. */
export const testWithLock = process.geteuid?.() === 0 && existsSync('/dev/fuse') ? test : test.skip;

const numbers = process.arch === 'x64' ? {mount: 165, mmap: 9, list: 217} : {mount: 40, mmap: 222, list: 61};

/**
 * Lists a directory into memory which is a page of a file that never comes, so the kernel keeps the directory locked; and has another process
 * wait to make something in it: whoever looks there now waits behind that. Any user can do so. It ends by itself, or no test would.
 */
const holder = `
my ($place, $directory) = @ARGV;
open my $fuse, '+<', '/dev/fuse' or die "fuse: $!";
my ($source, $type, $data) = ('locked', 'fuse', 'fd=' . fileno($fuse) . ',rootmode=40000,user_id=0,group_id=0');
syscall(${numbers.mount}, $source, $place, $type, 0, $data) == 0 or die "mount: $!";
$| = 1;
if (fork == 0) {
	close $fuse;
	opendir my $listed, $directory or die;
	open my $listing, '<', $directory or die "open: $!";
	open my $file, '<', "$place/file" or die "file: $!";
	my $page = syscall ${numbers.mmap}, 0, 4096, 3, 2, fileno($file), 0;
	syscall ${numbers.list}, fileno($listing), $page, 4096;
	exit;
}
my $maker;
alarm 60;
for (;;) {
	sysread $fuse, my $question, 1 << 17 or next;
	my (undef, $what, $unique, $node) = unpack 'L L Q Q', $question;
	my $attributes = pack 'Q6 L10', $node == 1 && $what != 1 ? (1, 0) : (2, 4096), (0) x 4, (0) x 3, $node == 1 && $what != 1 ? 040755 : 0100644, 1, (0) x 5;
	if ($what == 15) {
		defined($maker = fork) or die;
		if ($maker == 0) { close $fuse; mkdir "$directory/made"; exit }
		print "$maker\\n";
		next;
	}
	next if $what == 2;
	my %answers = (
		26 => pack('L4 S2 L2 x36', 7, 31, 0, 0, 0, 0, 4096, 1),
		1 => pack('Q4 L2', 2, 0, 1000, 1000, 0, 0) . $attributes,
		3 => pack('Q L2', 1000, 0, 0) . $attributes,
		14 => pack('Q L2', 1, 0, 0),
	);
	my $answer = $answers{$what};
	syswrite $fuse, defined $answer ? pack('L l Q', 16 + length $answer, 0, $unique) . $answer : pack('L l Q', 16, -38, $unique);
}
`;

/** For root, on a host with FUSE: has whoever looks for something in a directory wait until the test ends, or until it is let go, `kill -9` included. */
export async function lockDirectory(t: ExecutionContext, directory: string): Promise<() => Promise<void>> {
	const place = mkdtempSync(join(tmpdir(), 'locked-'));
	const server = startFileSystemServer(t, holder, [place, directory]);
	const value = await server.says();
	if (value === undefined) throw new Error('Nothing keeps the directory locked');
	await waitUntil(() => / D /.test(readFileSync(`/proc/${value}/stat`, 'latin1')), 'a process that waits for the directory');
	return () => server.end();
}
