import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {createServer, type AddressInfo, type Server} from 'node:net';
import {startPerl} from '../host-process.ts';
import type {Probe, Setting} from '../probe.ts';
import {refuseCalls} from '../system-calls.ts';

function family(id: string, wall: string, number: number): Probe {
	const script = `perl -e 'for my $type (1, 2, 3, 5) { print "open: a socket of type $type\\n" if syscall(41, ${number}, $type, 0) >= 0 }'; echo held`;
	return {id, wall, script};
}

/** A listener on the host that tells who came. */
async function listen(server: Server, address: string | {readonly host: string; readonly port: number}): Promise<Pick<Setting, 'look' | 'end'>> {
	let came = 0;
	server.on('connection', (socket) => {
		came++;
		socket.destroy();
	});
	server.listen(address);
	await once(server, 'listening');
	return {look: () => (came === 0 ? [] : ['the host has been reached']), end: () => void server.close()};
}

/** Sockets, networks, and what processes share. */
export const socketProbes: readonly Probe[] = [
	family('vsock', 'No socket of virtual machines can be made', 40),
	family('crypto-sockets', "No socket leads to the kernel's cryptography", 38),
	family('packets', 'No packet is taken from the wire, nor put there', 17),
	{
		id: 'raw-sockets',
		wall: 'No raw socket of the Internet is made',
		script: refuseCalls([
			['raw IPv4', 41, 2, 3, 1],
			['raw IPv6', 41, 10, 3, 58],
		]),
	},
	{
		id: 'host-loopback',
		wall: "What listens on the host's 127.0.0.1 cannot be reached",
		script: `perl -e 'exit if syscall(41, 2, 1, 0) != 3; my $to = pack("SnC4x8", 2, $ARGV[0], 127, 0, 0, 1); print "open: connected\\n" if syscall(42, 3, $to, 16) == 0' $PORT
			echo held`,
		async set() {
			const server = createServer();
			const listening = await listen(server, {host: '127.0.0.1', port: 0});
			return {...listening, variables: {PORT: String((server.address() as AddressInfo).port)}};
		},
	},
	{
		id: 'abstract-sockets',
		wall: 'Sockets of the host that have no file cannot be reached',
		script: `perl -e 'exit if syscall(41, 1, 1, 0) != 3; my $to = pack("S", 1) . "\\0$ARGV[0]"; print "open: connected\\n" if syscall(42, 3, $to, length $to) == 0' $WORD
			echo held`,
		async set({marker}) {
			return {...(await listen(createServer(), `\0${marker}`)), variables: {WORD: marker}};
		},
	},
	{
		id: 'host-links',
		wall: "The host's network links are neither seen nor changed",
		script: `for link in $(ls /sys/class/net /proc/sys/net/ipv4/conf 2>/dev/null; sed -n 's/^ *\\([^:| ]*\\):.*/\\1/p' /proc/net/dev); do
				[ $link = "$LINK" ] && echo "open: $link is seen"
			done; echo held`,
		set({marker}) {
			const link = `w${marker.slice(-10)}`;
			execFileSync('ip', ['link', 'add', link, 'type', 'bridge']);
			return {variables: {LINK: link}, end: () => void execFileSync('ip', ['link', 'del', link])};
		},
	},
	{
		id: 'netlink',
		wall: 'The routes and links of a network cannot be changed by netlink',
		script: `perl -e '
				my $fd = syscall(41, 16, 3, 0);
				exit if $fd < 0;
				my $body = pack("CCSiII", 0, 0, 0, 1, 0, 1);
				my $message = pack("ISSII", 32, 16, 5, 1, 0) . $body;
				my $to = pack("SSII", 16, 0, 0, 0);
				exit if syscall(44, $fd, $message, 32, 0, $to, 12) < 0;
				my $answer = "\\0" x 4096;
				my $read = syscall(45, $fd, $answer, 4096, 0, 0, 0);
				print "open: a link is changed\\n" if $read >= 20 && unpack("x16 i", $answer) == 0;'
			echo held`,
	},
	{
		id: 'shared-memory',
		wall: "Memory that the host's processes share is not reached",
		script: `perl -e '
				my ($key, $word) = @ARGV;
				print "open: a segment of System V is there\\n" if defined shmget($key, 4096, 0);
				print "open: a queue of System V is there\\n" if defined msgget($key, 0);
				print "open: semaphores of System V are there\\n" if defined semget($key, 1, 0);
				print "open: a queue of POSIX is there\\n" if syscall(240, $word, 0, 0, 0) >= 0;
				print "open: shared memory of POSIX is there\\n" if -e "/dev/shm/$word";' $KEY $WORD
			echo held`,
		async set({marker}) {
			const key = String((process.pid * 7919) % 2_000_000_000);
			const owner = await startPerl(
				`my ($key, $word) = @ARGV;
				my ($memory, $queue, $locks) = (shmget($key, 4096, 01666), msgget($key, 01666), semget($key, 1, 01666));
				syscall(240, $word, 0102, 0666, 0);
				open(my $file, ">", "/dev/shm/$word"); chmod 0666, "/dev/shm/$word";
				$SIG{TERM} = sub { shmctl($memory, 0, 0); msgctl($queue, 0, 0); semctl($locks, 0, 0, 0); syscall(241, $word); unlink "/dev/shm/$word"; exit };
				print "up"; sleep 1000 while 1;`,
				[key, marker],
			);
			return {variables: {KEY: key, WORD: marker}, end: () => owner.end('SIGTERM')};
		},
	},
];
