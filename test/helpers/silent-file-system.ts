import {mkdirSync, mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {startFileSystemServer} from './file-system-server.ts';

/**
 * Mounts a file system of FUSE, tells the kernel that it is ready, and takes no question after that: as a server of NFS that went. Had it
 * taken one, not even KILL would end who asked.
 */
const server = `
open my $fuse, '+<', '/dev/fuse' or die "fuse: $!";
my $data = 'fd=' . fileno($fuse) . ',rootmode=40000,user_id=' . $ARGV[1] . ',group_id=0' . $ARGV[2];
my ($source, $type, $place) = ('silent', 'fuse', $ARGV[0]);
syscall(${process.arch === 'x64' ? 165 : 40}, $source, $place, $type, 0, $data) == 0 or die "mount: $!";
$| = 1;
sysread $fuse, my $question, 1 << 17;
my (undef, undef, $unique) = unpack 'L L Q', $question;
syswrite $fuse, pack('L l Q', 80, 0, $unique) . pack('L4 S2 L2 x36', 7, 31, 0, 0, 0, 0, 4096, 1) or die "answer: $!";
print "mounted\\n";
my $bits = '';
vec($bits, fileno $fuse, 1) = 1;
select $bits, undef, undef, undef;
print "asked\\n";
sleep;
`;

/** A place where whoever looks waits for ever. */
export interface SilentFileSystem {
	readonly path: string;
	/** Somebody looks. */
	readonly asked: Promise<void>;
}

/** For root, on a host with FUSE. */
export async function mountSilentFileSystem(t: ExecutionContext): Promise<SilentFileSystem> {
	const path = mkdtempSync(join(tmpdir(), 'silent-'));
	const says = await mountOn(t, path, 0);
	return {path, asked: unheard(says('asked'))};
}

/** For root: the same of another user, which everybody may look at. */
export async function mountServedFileSystem(t: ExecutionContext, user: number, path = mkdtempSync(join(tmpdir(), 'served-'))): Promise<SilentFileSystem> {
	mkdirSync(path, {recursive: true});
	const says = await mountOn(t, path, user, ',allow_other');
	return {path, asked: unheard(says('asked'))};
}

/** Nobody need wait for it. */
function unheard(asked: Promise<void>): Promise<void> {
	asked.catch(() => undefined);
	return asked;
}

/** For root: makes a directory with a file system that another user mounted, which nobody else may look at, root neither. */
export async function mountForeignFileSystem(t: ExecutionContext, path: string): Promise<void> {
	mkdirSync(path);
	await mountOn(t, path, 65_534);
}

async function mountOn(t: ExecutionContext, path: string, user: number, more = ''): Promise<(word: string) => Promise<void>> {
	const running = startFileSystemServer(t, server, [path, String(user), more]);
	const says = async (word: string): Promise<void> => {
		const value = await running.says();
		if (value !== word) throw new Error(`The silent file system says ${value ?? 'nothing'}, and not ${word}`);
	};
	await says('mounted');
	return says;
}
