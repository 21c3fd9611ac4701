import {encodeFrame, programs, statuses, types} from '../../libvirt/frames.ts';
import {procedures, type Procedure} from '../../libvirt/procedures.ts';
import {XdrWriter} from '../../libvirt/xdr.ts';

/** A call of libvirtd as it is sent, in hexadecimal. */
export function frameFor<Args extends readonly unknown[]>(serial: number, {number, write}: Procedure<Args, unknown>, ...args: Args): string {
	const writer = new XdrWriter();
	write(writer, ...args);
	return encodeFrame({program: programs.remote, procedure: number, type: types.call, serial, status: statuses.ok}, writer.finish()).toString('hex');
}

/** Perl, for the parent of libvirtd, which waits no longer than five seconds for each thing that it asks of it. `$directory` is given. */
export const askDaemon = `
	my $socket_path = "$directory/sock/libvirt-sock";
	sub reach {
		socket my $socket, 1, 1, 0 or return;
		setsockopt $socket, 1, $_, pack "l!l!", 5, 0 for 20, 21;
		connect $socket, pack "Sa108", 1, $socket_path or return;
		return $socket;
	}
	sub answer {
		my ($socket, $frame) = ($_[0], "");
		my $left = 4;
		while ($left > 0) {
			my $count = sysread $socket, $frame, $left, length $frame;
			return unless $count;
			$left -= $count;
			$left += unpack("N", $frame) - 4 if length $frame == 4;
		}
		return 1;
	}`;

/** Seconds of work after which libvirtd is asked whether it still answers. */
const busySeconds = 20;

/**
 * The same, called each second: libvirtd 11.3 spins for ever, and answers nobody any more, where it writes to the console of a container whose
 * own process was killed just then. One that works so hard for long, and gives no answer three times, is killed; sandboxes outlive
 * that. libvirtd's pid, `$child`, is given, and in `$lives` whether it lives.
 */
export const watchSpin = `
	my ($spent, $busy) = (0, 0);
	sub still_answers {
		my $socket = reach() or return;
		syswrite $socket, pack "H*", "${frameFor(1, procedures.authList)}";
		return answer($socket);
	}
	sub watch_spin {
		open my $stat, "<", "/proc/$child/stat" or return;
		my ($used) = <$stat> =~ /\\) (.*)/s or return;
		my @fields = split " ", $used;
		# In hundredths of a second, its own and those of the kernel for it. One that spins has a tenth of a processor on a busy host as well.
		my $now = $fields[11] + $fields[12];
		$busy = $now - $spent >= 10 ? $busy + 1 : 0;
		$spent = $now;
		return if $busy < ${busySeconds} || !$lives;
		$busy = 0;
		kill "KILL", $child unless still_answers() || still_answers() || still_answers();
	}`;
