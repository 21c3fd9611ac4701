# The parent of the embedded libvirtd: begins it, and is its child subreaper. PRCTL DIRECTORY STEP LIBVIRTD WORD…

opendir my $descriptors, "/proc/self/fd" or die "/proc/self/fd: $!";
my @inherited = grep { /^\d+$/ && $_ > 2 && $_ != 9 } readdir $descriptors;
closedir $descriptors;
for (@inherited) {
	open my $handle, "<&=", $_ or next;
	close $handle;
}
my $prctl = shift(@ARGV);
syscall 0 + $prctl, 36, 1, 0, 0, 0; # PR_SET_CHILD_SUBREAPER

# Another architecture's name, or memory that lies elsewhere, for programs; and a class of the disks.
my ($personality, $ioprio_set) = $prctl == 157 ? (135, 251) : (92, 30);
syscall $personality, 0;
syscall $ioprio_set, 1, 0, 0;

my ($directory, $step) = splice @ARGV, 0, 2;
my $child = fork // die "fork: $!";
exec {$ARGV[0]} @ARGV or die "$ARGV[0]: $!" if $child == 0;
open my $lock, "<&=", 9;
close $lock;

# It waits no longer than five seconds for each thing that it asks of libvirtd.
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
}

# libvirtd does not end by itself while a network is up. One that no sandbox and no client has used for twice $step seconds is ended: the next
# sandbox finds it again, or starts it.
my $quiet = 0;
sub is_used {
	my ($ours) = @_;
	my @domains = glob "$directory/run/{lxc,qemu}/*.xml";
	return 1 if @domains;
	open my $table, "<", "/proc/net/unix" or return 1;
	# Whoever has a mount namespace may have a socket by that path.
	my %held = map { (readlink($_) // "") =~ /^socket:\[(\d+)\]$/ ? ($1, 1) : () } glob "/proc/$child/fd/*";
	return (grep { /^\S+ \S+ \S+ \S+ \S+ 03 +(\d+) \Q$socket_path\E$/ && $held{$1} } <$table>) > $ours;
}
sub end_network {
	my $socket = reach() or return;
	syswrite $socket, pack "H*", "@opening@";
	answer($socket) && answer($socket) or return;
	# Once more, right before: whoever comes later starts it anew.
	return if is_used(1);
	syswrite $socket, pack "H*", "@ending@";
	answer($socket);
}
sub watch_network {
	$quiet = -e "$directory/run/network/default.xml" && !is_used(0) ? $quiet + 1 : 0;
	end_network() if $quiet >= 2;
}

# A guest has QEMU say as much as it likes. The log of a domain that has ended is kept for an hour, and one begins anew at 1 MiB.
sub trim_logs {
	for my $driver ("lxc", "qemu") {
		opendir my $logs, "/var/log/libvirt/$driver" or next;
		for my $name (map { /^(.+)\.log$/s ? $1 : () } readdir $logs) {
			my $log = "/var/log/libvirt/$driver/$name.log";
			my ($size, $changed) = (lstat $log)[7, 9] or next;
			if (time - $changed > 3600 && !-e "$directory/run/$driver/$name.xml") { unlink $log }
			elsif ($size > 1048576) { truncate $log, 0 }
		}
	}
}

local $SIG{PIPE} = "IGNORE";
my $lives = 1;

# libvirtd 11.3 spins for ever, and answers nobody any more, where it writes to the console of a container whose own process was killed
# just then. One that works hard for 20 seconds, and gives no answer three times, is killed; sandboxes outlive that.
my ($spent, $busy) = (0, 0);
sub still_answers {
	my $socket = reach() or return;
	syswrite $socket, pack "H*", "@asking@";
	return answer($socket);
}
sub watch_spin {
	open my $stat, "<", "/proc/$child/stat" or return;
	my ($used) = <$stat> =~ /\) (.*)/s or return;
	my @fields = split " ", $used;
	# In hundredths of a second, its own and those of the kernel for it. One that spins has a tenth of a processor on a busy host as well.
	my $now = $fields[11] + $fields[12];
	$busy = $now - $spent >= 10 ? $busy + 1 : 0;
	$spent = $now;
	return if $busy < 20 || !$lives;
	$busy = 0;
	kill "KILL", $child unless still_answers() || still_answers() || still_answers();
}

# libvirtd takes its socket away as it ends, and now and then never does: nobody could have another one.
my ($was_there, $gone) = (0, 0);
my $watch_end = sub {
	return $was_there = 1, $gone = 0 if -S "$directory/sock/libvirt-sock";
	kill "KILL", $child if $lives && $was_there && ++$gone == 7;
};

my $seconds = 0;
local $SIG{ALRM} = sub {
	trim_logs();
	$watch_end->();
	watch_spin();
	watch_network() if ++$seconds % $step == 0;
	alarm 1;
};
alarm 1;
my $status = 1;
while (1) {
	my $ended = wait;
	if ($ended == -1) {
		next if $! == 4; # EINTR
		last;
	}
	next if $ended != $child;
	# From now on its number may be that of another process. Guests may still be there.
	$lives = 0;
	$status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
}
# By then it may be that of the next daemon.
unlink "$directory/log" if (readlink("$directory/log") // "") eq "/proc/$$/root/var/log/libvirt";
exit $status;
