import {execFileSync} from 'node:child_process';
import {chmodSync, existsSync, globSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {once} from 'node:events';
import {join} from 'node:path';
import {startPerl} from '../host-process.ts';
import type {Probe} from '../probe.ts';

/** What is open to root in a container that has the host's own root, and to a machine that root started. */
const readsAsRoot = {documented: 'root in it reads what root reads on the host'};

/** Files and directories of the host. */
export const fileProbes: readonly Probe[] = [
	{
		id: 'remount',
		wall: "Root cannot mount the host's directories writable",
		script: `for flags in remount,rw remount,bind,rw remount,rw,bind; do for at in / /usr /etc /var /home; do
				mount -o $flags $at 2>/dev/null && echo "open: $flags $at"
				(echo x >$at/$NAME) 2>/dev/null
			done; done; echo held`,
		set({marker, way}) {
			const pattern = `{/,/usr/,/etc/,/var/,/home/}${marker}`;
			return {
				variables: {NAME: marker},
				look: () => (way === 'podman' ? [] : globSync(pattern).map((path) => `${path} is on the host`)),
				end: () => globSync(pattern).forEach((path) => rmSync(path)),
			};
		},
	},
	{
		id: 'victim',
		wall: 'A directory of the host that is not given stays as it was after all that root can do',
		script: `for at in $FILE /proc/1/root$FILE /proc/self/root$FILE /proc/self/cwd/..$FILE; do
				(echo changed >$at) 2>/dev/null && echo "open: wrote $at"
				for change in 'chmod 777' 'chown 1:1' 'touch' 'rm -f' 'setfattr -n user.x -v y'; do
					[ -e $at ] && $change $at 2>/dev/null && echo "open: $change $at"
				done
				ln $at $MINE/link 2>/dev/null && echo "open: linked $at"
			done; echo held`,
		set({aside}) {
			const file = join(aside, 'file');
			writeFileSync(file, 'untouched');
			const tell = (): string => {
				if (!existsSync(file)) return 'gone';
				const {mode, uid, mtimeMs, nlink} = lstatSync(file);
				return JSON.stringify([readFileSync(file, 'utf8'), mode, uid, mtimeMs, nlink]);
			};
			const before = tell();
			return {variables: {FILE: file}, look: () => (tell() === before ? [] : [`the file is another: ${tell()}`])};
		},
	},
	{
		id: 'setuid',
		wall: 'A setuid file gives the processes of the sandbox no other user',
		script: `cp /usr/bin/id $MINE/id 2>/dev/null || cp /bin/busybox $MINE/id
			chown 0:0 $MINE/id && chmod 4755 $MINE/id
			seen=$(perl -e '$) = "1234 1234"; $( = 1234; $> = $< = 1234; exec @ARGV' $MINE/id -u 2>/dev/null)
			[ "$seen" = 0 ] && echo 'open: a setuid file works'
			echo held`,
	},
	{
		id: 'setuid-for-host',
		wall: "No setuid file of the host's root is left in a writable directory",
		script: `cp /bin/true $MINE/program 2>/dev/null || cp /bin/busybox $MINE/program
			chown 0:0 $MINE/program; chmod 4755 $MINE/program; echo held`,
		set: ({directory}) => ({
			look: () =>
				readdirSync(directory)
					.filter((name) => {
						const {uid, mode} = lstatSync(join(directory, name));
						return uid === 0 && (mode & 0o4000) !== 0;
					})
					.map((name) => `${name} is setuid root on the host`),
		}),
		ways: {
			container: {documented: 'root in it is the host’s root where a directory is writable'},
			root: {documented: 'root in it is the host’s root where a directory is writable'},
			machine: {documented: 'root in it is the host’s root where a directory is writable'},
		},
	},
	{
		id: 'handle',
		wall: 'No file of the host is opened by its handle, over no writable mount',
		// What docker's shocker did: a handle is 8 bytes of inode and generation.
		script: `for at in $MINE /tmp /run /run/sandbox /etc /; do
				perl -e 'my ($at, $inode) = @ARGV; open(my $mount, "<", $at) or exit;
					for my $generation (0 .. 3) {
						my $handle = pack("IiII", 8, 1, $inode, $generation);
						my $fd = syscall(304, fileno($mount), $handle, 2);
						print "open: a handle at $at is let through\\n" if $fd >= 0 || $! !~ /Operation not permitted|not implemented/;
					}' $at $INODE
			done; echo held`,
		set({aside}) {
			const file = join(aside, 'file');
			writeFileSync(file, 'untouched');
			return {
				variables: {INODE: String(lstatSync(file).ino)},
				look: () => (readFileSync(file, 'utf8') === 'untouched' ? [] : ['the file has changed']),
			};
		},
	},
	{
		id: 'secrets-of-root',
		wall: "What only the host's root may read cannot be read",
		script: '[ -n "$(head -c 1 $FILE 2>/dev/null)" ] && echo "open: read $FILE"; echo held',
		set({aside}) {
			const file = join(aside, 'secret');
			chmodSync(aside, 0o755);
			writeFileSync(file, 'secret', {mode: 0o600});
			return {variables: {FILE: file}};
		},
		ways: {container: readsAsRoot, machine: readsAsRoot},
	},
	{
		id: 'hidden',
		wall: 'What a mount hides cannot be reached',
		script: `for at in $DIRECTORY /proc/1/root$DIRECTORY /proc/self/root$DIRECTORY; do [ -e $at/file ] && echo "open: $at/file is there"; done
			umount $DIRECTORY 2>/dev/null; [ -e $DIRECTORY/file ] && echo 'open: the mount is taken away'; echo held`,
		onlyOurs: 'each hides in its own way',
		set: ({hidden}) => ({variables: {DIRECTORY: hidden}}),
		ways: {root: {notApplicable: 'another root has nothing of the host to hide'}},
	},
	{
		id: 'hide',
		wall: 'What `hide:` hides can neither be read nor written to, by any name that it has',
		script: `for at in $PLACE /proc/1/root$PLACE /proc/self/root$PLACE; do
				umount $at/file $at/keys 2>/dev/null; umount -l $at/keys 2>/dev/null
				mkdir -p /tmp/second; mount --bind $at /tmp/second 2>/dev/null && echo 'open: it can be bound elsewhere'
				for name in $at/file $at/keys/file $at/link; do
					[ -n "$(head -c 1 $name 2>/dev/null)" ] && echo "open: read $name"
					(echo changed >$name) 2>/dev/null && echo "open: wrote $name"
				done
			done; echo held`,
		onlyOurs: 'each hides in its own way',
		alone: true,
		set({aside}) {
			for (const path of [aside, join(aside, 'keys')]) {
				mkdirSync(path, {recursive: true});
				chmodSync(path, 0o755);
				writeFileSync(join(path, 'file'), 'secret');
			}
			symlinkSync('keys/file', join(aside, 'link'));
			return {
				variables: {PLACE: '/place'},
				options: ['-m', `host-bind:/place=${aside},ro`, '-m', 'hide:/place/file', '-m', 'hide:/place/keys'],
				look: () =>
					[aside, join(aside, 'keys')].flatMap((path) => (readFileSync(join(path, 'file'), 'utf8') === 'secret' ? [] : [`${path}/file has changed`])),
			};
		},
	},
	{
		id: 'kept-within',
		wall: 'What is read-only or hidden within a writable directory keeps its place, whatever is renamed',
		script: `for way in above above/one above/two above/one/file above/two/file; do
				mv /place/$way /place/away 2>/dev/null && echo "open: renamed $way"
				mkdir -p /place/above/one /place/above/two 2>/dev/null
			done
			for name in above/one/file above/two/file; do (echo changed >/place/$name) 2>/dev/null && echo "open: wrote $name"; done; echo held`,
		onlyOurs: 'each mounts within another mount in its own way',
		alone: true,
		set({aside}) {
			const [one, two] = ['above/one', 'above/two'].map((path) => join(aside, path)) as [string, string];
			for (const path of [one, two]) {
				mkdirSync(path, {recursive: true});
				writeFileSync(join(path, 'file'), 'kept');
			}
			return {
				variables: {},
				options: ['-m', `host-bind:/place=${aside}`, '-m', `host-bind:/place/above/one/file=${one}/file,ro`, '-m', 'hide:/place/above/two/file'],
				look: () =>
					[one, two].flatMap((path) =>
						existsSync(join(path, 'file')) && readFileSync(join(path, 'file'), 'utf8') === 'kept' ? [] : [`${path}/file has changed`],
					),
			};
		},
		ways: {session: {notApplicable: 'by 9p nothing is mounted within a writable share'}},
	},
	{
		id: 'leases',
		wall: 'No lease on a file of the host keeps others from opening it',
		script: `perl -e 'open(my $file, "<", $ARGV[0]) or exit; print "open: a lease is given\\n" if fcntl($file, 1024, 1) || fcntl($file, 1024, 0)' $MINE/file
			echo held`,
		set({directory, own}) {
			const file = join(directory, 'file');
			writeFileSync(file, 'x');
			own(file);
			chmodSync(file, 0o644);
			return {};
		},
	},
	{
		id: 'locks',
		wall: 'Locks of files are not shared with the host',
		script: `perl -e 'open(my $file, "<", $ARGV[0]) or exit; print "open: the lock of the host is met\\n" unless flock($file, 2 | 4)' $MINE/file
			echo held`,
		async set({directory}) {
			const file = join(directory, 'file');
			writeFileSync(file, 'x');
			chmodSync(file, 0o644);
			const holder = await startPerl('open(my $file, "+<", $ARGV[0]); flock($file, 2); print "locked"; sleep 1000', [file]);
			return {end: () => holder.end()};
		},
		ways: {
			container: {documented: 'locks are the kernel’s, which is shared, also through what is read-only'},
			idmap: {documented: 'locks are the kernel’s, which is shared, also through what is read-only'},
			root: {documented: 'locks are the kernel’s, which is shared, also through what is read-only'},
		},
	},
	{
		id: 'watches',
		wall: 'What happens to files on the host is not told',
		script: `perl -e '
				my ($at, $fd, $bits) = ($ARGV[0], syscall(294, 2048), "");
				exit if $fd < 0 || syscall(254, $fd, $at, 0xfff) < 0;
				$| = 1; print "ready\\n"; my $go = <STDIN>;
				vec($bits, $fd, 1) = 1;
				print "open: a change on the host is told\\n" if select($bits, undef, undef, 0.5) > 0' $MINE
			echo held`,
		set: ({directory}) => ({
			during() {
				writeFileSync(join(directory, 'made'), 'x');
				return [];
			},
		}),
		ways: {
			container: {documented: 'a change is told to whoever may read the directory'},
			idmap: {documented: 'a change is told to whoever may read the directory'},
			root: {documented: 'a change is told to whoever may read the directory'},
		},
	},
	{
		id: 'pipes-and-sockets',
		wall: "The sockets and pipes of the host's temporary directories are hidden",
		script: `find /run /tmp /var/tmp \\( -type s -o -type p \\) ! -path '/run/sandbox/*' 2>/dev/null | sed 's/^/open: there is /'; echo held`,
		async set({way}) {
			const paths = [join('/run', `wall-${process.pid}-${way}`), join('/var/tmp', `wall-${process.pid}-${way}`)] as const;
			execFileSync('mkfifo', [paths[0]]);
			const server = createServer().listen(paths[1]);
			await once(server, 'listening');
			return {
				end() {
					server.close();
					rmSync(paths[0]);
				},
			};
		},
	},
	{
		id: 'links-out',
		wall: 'A link in a writable directory leads to nothing of the host that the sandbox does not have',
		script: `ln -s $FILE $MINE/link; ln -s / $MINE/root
			for at in $MINE/link $MINE/root$FILE; do [ -n "$(head -c 1 $at 2>/dev/null)" ] && echo "open: read $at"; done
			echo held`,
		set({marker}) {
			const file = `/run/${marker}`;
			writeFileSync(file, 'secret');
			chmodSync(file, 0o644);
			return {variables: {FILE: file}, end: () => rmSync(file)};
		},
	},
	ledAway('led-away', 'A guest-bind of a place that the sandbox itself may write to is refused', 'view', (directory) => {
		mkdirSync(join(directory, 'view'));
	}),
	ledAway('led-away-by-link', 'A guest-bind of a place behind a link that the sandbox itself may change is refused', 'link/doc', (directory) => {
		symlinkSync('/usr/share', join(directory, 'link'));
	}),
];

function ledAway(id: string, wall: string, place: string, prepare: (directory: string) => void): Probe {
	return {
		id,
		wall,
		script: '',
		alone: true,
		onlyOurs: 'it is about mounts of ours',
		set({directory}) {
			prepare(directory);
			const refused = `/mine/${place} lies in what is mounted at /mine: `;
			return {
				options: ['-m', `guest-bind:/v=/mine/${place}`],
				command: ['true'],
				judge: ({status, stderr}) => (status === 125 && stderr.includes(refused) ? [] : [`it is not refused: ${stderr.trim() || 'it started'}`]),
			};
		},
	};
}
