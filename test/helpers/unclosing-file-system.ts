import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {startFileSystemServer} from './file-system-server.ts';

/** A file system of FUSE with a file `f`, which answers all but what a close of it asks. */
const server = `
open my $fuse, '+<', '/dev/fuse' or die "fuse: $!";
my $data = 'fd=' . fileno($fuse) . ',rootmode=40000,user_id=0,group_id=0';
my ($source, $type, $place) = ('unclosing', 'fuse', $ARGV[0]);
syscall(${process.arch === 'x64' ? 165 : 40}, $source, $place, $type, 0, $data) == 0 or die "mount: $!";
$| = 1;
print "mounted\\n";
sub attributes { my $node = shift; pack 'Q2 x32 x12 L7', $node, 4096, $node == 1 ? 040755 : 0100644, 1, 0, 0, 0, 4096, 0 }
my %answers = (
	1 => sub { pack('Q4 L2', 2, 0, 1000, 1000, 0, 0) . attributes(2) },
	3 => sub { pack('Q L2', 1000, 0, 0) . attributes(shift) },
	14 => sub { pack 'Q L2', 1, 0, 0 },
	18 => sub { '' },
	26 => sub { pack 'L4 S2 L2 x36', 7, 31, 0, 0, 0, 0, 4096, 1 },
);
while (sysread $fuse, my $question, 1 << 17) {
	my (undef, $what, $unique, $node) = unpack 'L L Q Q', $question;
	next if $what == 2 || $what == 25 || $what == 42;
	my $answer = $answers{$what};
	my $text = $answer ? $answer->($node) : '';
	syswrite $fuse, pack('L l Q', 16 + length $text, $answer ? 0 : -38, $unique) . $text;
}
`;

/** A place whose file `f` holds up for ever whoever has opened it, at the close: not even KILL ends that, but the end of the server. */
export interface UnclosingFileSystem {
	readonly path: string;
	end(): Promise<void>;
}

/** For root, on a host with FUSE. */
export async function mountUnclosingFileSystem(t: ExecutionContext): Promise<UnclosingFileSystem> {
	const path = mkdtempSync(join(tmpdir(), 'unclosing-'));
	const {says, end} = startFileSystemServer(t, server, [path]);
	if ((await says()) === undefined) throw new Error('The file system is not mounted');
	return {path, end};
}
