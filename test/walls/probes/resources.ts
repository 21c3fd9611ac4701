import {statfsSync} from 'node:fs';
import type {Probe} from '../probe.ts';

const ownKernel = {notApplicable: 'its processes are those of its own kernel, in its own memory'};

/** What can be used up. */
export const resourceProbes: readonly Probe[] = [
	{
		id: 'processes',
		wall: 'A fork bomb is held by a limit of processes',
		script: `perl -e 'my $n = 0; for (1 .. $ARGV[0]) { my $child = fork; last unless defined $child; if ($child == 0) { exec "sleep", "30" } $n++ } print "open: $n processes\\n" if $n == $ARGV[0]' $MANY
			echo held`,
		alone: true,
		set: ({way}) =>
			['bubblewrap', 'firejail', 'podman'].includes(way) ? {variables: {MANY: '3000'}} : {variables: {MANY: '200'}, options: ['--pids', '100']},
		ways: {machine: ownKernel, session: ownKernel},
	},
	{
		id: 'memory',
		wall: 'Memory beyond the limit is not given',
		script: `perl -e 'my @all; push @all, "x" x 1048576 for 1 .. 900; print "open: 900 MiB\\n"'; echo held`,
		alone: true,
		set: () => ({judge: ({stdout}) => (stdout.includes('open: ') ? ['900 MiB are given'] : []), limitMs: 30_000}),
	},
	{
		id: 'socket-memory',
		wall: 'What waits in UDP sockets is bounded, as memory is',
		script: `perl -e 'for my $n (1 .. 900) { my $at = pack("S n a4 x8", 2, 20000 + $n, chr(127) . chr(0) . chr(0) . chr(1)); my $socket; socket($socket, 2, 2, 0) && bind($socket, $at) or last; push @all, $socket; send($socket, "x" x 60000, 0, $at) for 1 .. 4 }
				open(F, "/proc/net/udp"); while (<F>) { $sum += hex $1 if /:[0-9A-F]{4} [0-9A-F]{2} [0-9A-F]{8}:([0-9A-F]{8})/ } print "open: $sum bytes wait\n" if $sum > 100 * 1048576'
			echo held`,
		alone: true,
		set: () => ({options: ['--memory', '64M']}),
		ways: {machine: ownKernel, session: ownKernel},
	},
	{
		id: 'disk-space',
		wall: 'What is written beside writable directories of the host is bounded',
		script: `for at in /tmp /var/tmp /run /dev/shm /; do
				size=$(df -kP $at 2>/dev/null | awk 'NR == 2 {print $2}')
				(: >$at/made) 2>/dev/null || continue
				rm -f $at/made
				[ "$size" = "$HOST" ] && echo "open: $at has all the space of a disk of the host"
			done; echo held`,
		set() {
			const {blocks, bsize} = statfsSync('/var/tmp');
			return {variables: {HOST: String(Math.floor((blocks * bsize) / 1024))}};
		},
	},
	{
		id: 'disk-space-of-host',
		wall: 'What is written to a writable directory of the host is bounded',
		script: `size=$(df -kP $MINE | awk 'END {print $(NF - 4)}')
			[ "\${size:-0}" -ge $((HOST / 10 * 9)) ] && echo 'open: it has all the space of the disk of the host'; echo held`,
		set({directory}) {
			const {blocks, bsize} = statfsSync(directory);
			return {variables: {HOST: String(Math.floor((blocks * bsize) / 1024))}};
		},
		ways: Object.fromEntries(
			(['container', 'idmap', 'root', 'machine', 'session'] as const).map((way) => [way, {documented: 'a directory of the host has the host’s space'}]),
		),
	},
];
