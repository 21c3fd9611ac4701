import {procedures} from '../../libvirt/procedures.ts';
import {frameFor} from './embedded-asking.ts';

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
const opening = frameFor(1, procedures.authList) + frameFor(2, procedures.open, 'network:///system', 0);
const ending = frameFor(3, procedures.networkDestroy, {name, uuid});

/**
 * Perl, for the parent of libvirtd: libvirtd does not end by itself while a network is up. `watch_network` is called every `$step`
 * seconds, and ends it when no sandbox and no client has been there for twice that long, so that the next sandbox finds one again or
 * starts it. `$directory` and libvirtd's pid, `$child`, are given, and what asks it (embedded-asking.ts).
 */
export const watchNetwork = `
	my $quiet = 0;
	sub is_used {
		my ($ours) = @_;
		my @domains = glob "$directory/run/{lxc,qemu}/*.xml";
		return 1 if @domains;
		open my $table, "<", "/proc/net/unix" or return 1;
		# Whoever has a mount namespace may have a socket by that path.
		my %held = map { (readlink($_) // "") =~ /^socket:\\[(\\d+)\\]$/ ? ($1, 1) : () } glob "/proc/$child/fd/*";
		return (grep { /^\\S+ \\S+ \\S+ \\S+ \\S+ 03 +(\\d+) \\Q$socket_path\\E$/ && $held{$1} } <$table>) > $ours;
	}
	sub end_network {
		my $socket = reach() or return;
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
