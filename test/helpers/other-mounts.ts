import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {renameSync, symlinkSync} from 'node:fs';
import {dirname} from 'node:path';
import test, {type ExecutionContext} from 'ava';

/** Only root can mount without more ado; an ordinary user does so in a user namespace of theirs. */
export const testAsRoot = process.geteuid?.() === 0 ? test : test.skip;

// PLACE VICTIM BELOW. The directory of the place is another one there, so that it keeps its path whatever becomes of this one.
const script = `
	exec 8<"$1" 9<"$2" || exit
	directory=\${1%/*}
	bring() {
		if [ -d "/proc/self/fd/$1" ]; then mkdir -p "$2"; else : >"$2"; fi
		mount -c --rbind "/proc/self/fd/$1" "$2"
	}
	mount -t tmpfs none "\${directory%/*}" && mkdir "$directory" || exit
	if [ -n "$3" ]; then bring 8 "$1" && bring 9 "$1/$3"; else bring 9 "$1"; fi || exit
	echo mounted
	read end
`;

interface Elsewhere {
	/** A file or directory in a directory of others'. */
	readonly place: string;
	/** What nobody has named. */
	readonly victim: string;
	/** A directory at the place: what lies there is the same as here, and this in it the victim. */
	readonly below?: string;
}

interface OtherMounts {
	/** A magic link to its root. */
	readonly root: string;
	/** Puts such a link to the place's directory there in the place of that here. */
	lead(): void;
}

/** Makes a mount namespace, until the test's end, in which another file has the path of a place. */
export async function mountElsewhere(t: ExecutionContext, {place, victim, below = ''}: Elsewhere): Promise<OtherMounts> {
	const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', place, victim, below], {
		stdio: ['pipe', 'pipe', 'inherit'],
	});
	const ended = once(child, 'exit');
	t.teardown(async () => {
		child.kill('SIGKILL');
		await ended;
	});
	// Where it fails, there is its end.
	await Promise.race([once(child.stdout, 'data'), ended]);
	const [directory, root] = [dirname(place), `/proc/${child.pid}/root`];
	return {
		root,
		lead() {
			renameSync(directory, `${directory}-saved`);
			symlinkSync(`${root}${directory}`, directory);
		},
	};
}
