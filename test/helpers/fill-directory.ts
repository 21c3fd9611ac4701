import {spawn} from 'node:child_process';
import {once} from 'node:events';

const longestMs = 100_000;

const script = `
	opendir my $place, $ARGV[0] or die; $| = 1;
	for (my $n = 0; chdir $place and mkdir "c$n"; $n++) {
		chdir "c$n" or next;
		for (1..5000) { mkdir 'd' or last; chdir 'd' or last }
		print "here\\n" if $n == 1;
		do { chdir $place; select undef, undef, undef, 0.001 } while (() = glob '*') > 4;
	}`;

/** A process that has a directory open and goes on filling it with directories in each other, deeper than is gone through at once. Gives what ends it. */
export async function fillDirectory(path: string): Promise<() => Promise<void>> {
	const child = spawn('perl', ['-e', script, path], {stdio: ['ignore', 'pipe', 'inherit'], timeout: longestMs});
	const ended = once(child, 'exit');
	await once(child.stdout, 'data');
	return async () => {
		child.kill();
		await ended;
	};
}
