import {encodeFrame, programs, statuses, types} from '../libvirt/frames.ts';
import {procedures, type Procedure} from '../libvirt/procedures.ts';
import {XdrWriter} from '../libvirt/xdr.ts';

const name = 'default';
/** Always the same, so that a call can name the network without asking for it. */
const uuid = '6a1d5c1e-0f5a-4c0e-9d53-76697274626f';

/** In the script, which finds numbers that are free. */
export const defaultNetwork = `<network>
  <name>${name}</name>
  <uuid>${uuid}</uuid>
  <forward mode='nat'/>
  <bridge name='virbr$bridge' stp='off' delay='0'/>
  <ip address='192.168.$subnet.1' netmask='255.255.255.0'><dhcp><range start='192.168.$subnet.2' end='192.168.$subnet.254'/></dhcp></ip>
</network>
`;

/** What is sent to libvirtd to end that network, in hexadecimal: the frames that open a connection, and the one that ends it. */
const opening = Buffer.concat([frame(1, procedures.authList), frame(2, procedures.open, 'network:///system', 0)]).toString('hex');
const ending = frame(3, procedures.networkDestroy, {name, uuid}).toString('hex');

/**
 * Perl, for the parent of libvirtd: libvirtd does not end by itself while a network is up. `watch_network` is called every `$step`
 * seconds, and ends it when no sandbox and no client has been there for twice that long, so that the next sandbox finds one again or
 * starts it. `$directory` and libvirtd's pid, `$child`, are given.
 */
export const watchNetwork = `
	my ($quiet, $socket_path) = (0, "$directory/sock/libvirt-sock");
	sub is_used {
		my ($ours) = @_;
		my @domains = glob "$directory/run/{lxc,qemu}/*.xml";
		return 1 if @domains;
		open my $table, "<", "/proc/net/unix" or return 1;
		# Whoever has a mount namespace may have a socket by that path.
		my %held = map { (readlink($_) // "") =~ /^socket:\\[(\\d+)\\]$/ ? ($1, 1) : () } glob "/proc/$child/fd/*";
		return (grep { /^\\S+ \\S+ \\S+ \\S+ \\S+ 03 +(\\d+) \\Q$socket_path\\E$/ && $held{$1} } <$table>) > $ours;
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
	}
	sub end_network {
		socket my $socket, 1, 1, 0 or return;
		setsockopt $socket, 1, 20, pack "l!l!", 5, 0;
		connect $socket, pack "Sa108", 1, $socket_path or return;
		syswrite $socket, pack "H*", "${opening}";
		answer($socket) && answer($socket) or return;
		# Once more, right before: whoever comes later starts it anew.
		return if is_used(1);
		syswrite $socket, pack "H*", "${ending}";
		answer($socket);
	}
	sub watch_network {
		$quiet = -e "$directory/run/network/default.xml" && !is_used(0) ? $quiet + 1 : 0;
		end_network() if $quiet >= 2;
	}`;

function frame<Args extends readonly unknown[]>(serial: number, {number, write}: Procedure<Args, unknown>, ...args: Args): Buffer {
	const writer = new XdrWriter();
	write(writer, ...args);
	return encodeFrame({program: programs.remote, procedure: number, type: types.call, serial, status: statuses.ok}, writer.finish());
}
