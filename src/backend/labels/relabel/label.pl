# Lists and sets labels of files below one directory, as a Perl script: Node cannot set extended attributes, and Perl is on
# every Debian (perl-base is essential) while setfattr is not.
#
# It never follows a link and never leaves the file system it began on, whatever somebody does to the directories
# meanwhile: every name is resolved by openat2 from a descriptor of the source, beneath it, without links and without
# crossing a mount, to a descriptor of the file itself (O_PATH), and what is set is set on that.
#
# Words: list|set ATTRIBUTE NUMBER…; the first record of the input is the source, which must have no links in it.
# Records end in NUL, their fields are parted by newlines, names and labels are hex. `-` is no label.
# list gives `KIND INODE LINKS MODE LABEL NAME` after the source's device and inode. Kinds: f, d, i (a link that stays within the
# source; SELinux asks for a label of its own to read it); left alone: l (any other link), m (a mount), e (what cannot be read: LABEL says why).
# set takes `INODE EXPECTED WANTED NAME` and gives `ok`, `changed` (gone, or not the file or label expected) or `error TEXT`.

use strict; use warnings;
my ($action, $attribute, @n) = @ARGV;
my ($SETXATTR, $GETXATTR, $REMOVEXATTR, $OPENAT2, $READLINKAT, $CLOSE, $PRCTL, $DIRECTORY, $NOFOLLOW) = map { 0 + $_ } @n;
my ($PATH, $CLOEXEC) = (0x200000, 0x80000);
my ($ENOENT, $EACCES, $ENOTDIR, $ENODATA, $EXDEV, $ELOOP) = (2, 13, 20, 61, 18, 40);
syscall($PRCTL, 1, 9, 0, 0, 0);
binmode STDIN; binmode STDOUT;
$/ = "\0"; $\ = "\0"; $, = "\n";
sub fatal { print 'fatal', unpack('H*', $_[0]); exit 0 }
sub resolve {
	my ($at, $name, $flags, $how) = @_;
	my $open_how = pack('QQQ', $flags | $CLOEXEC, 0, $how);
	return syscall($OPENAT2, 0 + $at, $name, $open_how, 24);
}
sub beneath { resolve($_[0], $_[1], $_[2], 0x1 | 0x2 | 0x4 | 0x8) }
sub shut { syscall($CLOSE, 0 + $_[0]) }
sub label {
	my ($fd) = @_;
	my $path = "/proc/self/fd/$fd";
	if ($attribute eq 'owner') { my @s = stat($path); return @s ? "$s[4]:$s[5]" : undef }
	my $name = $attribute; my $buffer = "\0" x 65536;
	my $length = syscall($GETXATTR, $path, $name, $buffer, 65536);
	return substr($buffer, 0, $length) =~ s/\0+\z//r if $length >= 0;
	return '-' if $! == $ENODATA;
	return undef;
}
sub apply {
	my ($fd, $wanted) = @_;
	my $path = "/proc/self/fd/$fd"; my $name = $attribute;
	if ($attribute eq 'owner') { my ($uid, $gid) = split /:/, $wanted; return chown($uid, $gid, $path) == 1 }
	return syscall($REMOVEXATTR, $path, $name) == 0 if $wanted eq '-';
	my $value = "$wanted\0";
	return syscall($SETXATTR, $path, $name, $value, length($value), 0) == 0;
}
# Whether a link leads to a place below the source, by its words alone.
sub leads_within {
	my ($fd, $name) = @_;
	my $buffer = "\0" x 4096; my $empty = '' . '';
	my $length = syscall($READLINKAT, 0 + $fd, $empty, $buffer, 4096);
	return 0 if $length <= 0;
	my $to = substr($buffer, 0, $length);
	return 0 if $to =~ m{^/};
	my @at = split m{/}, $name; pop @at;
	for my $part (split m{/+}, $to) {
		next if $part eq '' || $part eq '.';
		if ($part eq '..') { return 0 unless @at; pop @at } else { push @at, $part }
	}
	return 1;
}
sub hex_label { $_[0] eq '-' ? '-' : unpack('H*', $_[0]) }
my $source = <STDIN>; fatal('no source') unless defined $source; chomp $source; $source = pack('H*', $source);
my $root = resolve(-100, $source, $PATH | $NOFOLLOW, 0x2 | 0x4);
fatal("cannot open it: $!") if $root < 0;
my ($device, $inode, $mode) = stat("/proc/self/fd/$root");
fatal("cannot look at it: $!") unless defined $mode;

sub show {
	my ($fd, $name) = @_;
	my (undef, $ino, $mode, $links) = stat("/proc/self/fd/$fd");
	return undef unless defined $mode;
	my $kind = ($mode & 0170000) == 0040000 ? 'd' : ($mode & 0170000) == 0120000 ? ($attribute ne 'owner' && leads_within($fd, $name) ? 'i' : 'l') : 'f';
	my $label = $kind eq 'l' ? '-' : label($fd);
	fatal("cannot read the label of '$name': $!") unless defined $label;
	print $kind, $ino, $links, $mode & 07777, hex_label($label), unpack('H*', $name);
	return $kind;
}
sub unread { print 'e', 0, 0, 0, unpack('H*', "$!"), unpack('H*', $_[0]) }
sub list {
	print $device, $inode;
	my $kind = show($root, '');
	my @todo = $kind eq 'd' ? ('') : ();
	while (defined(my $directory = pop @todo)) {
		my $fd = beneath($root, $directory eq '' ? '.' : $directory, $DIRECTORY | $NOFOLLOW);
		if ($fd < 0) { unread($directory) unless $! == $ENOENT || $! == $ENOTDIR || $! == $ELOOP || $! == $EXDEV; next }
		my $handle;
		unless (opendir($handle, "/proc/self/fd/$fd")) { unread($directory); shut($fd); next }
		for my $entry (readdir $handle) {
			next if $entry eq '.' || $entry eq '..';
			my $name = $directory eq '' ? $entry : "$directory/$entry";
			my $file = beneath($fd, $entry, $PATH | $NOFOLLOW);
			if ($file < 0) {
				next if $! == $ENOENT;
				if ($! == $EXDEV) { print 'm', 0, 0, 0, '-', unpack('H*', $name); next }
				unread($name);
				next;
			}
			my $kind = show($file, $name);
			push @todo, $name if defined $kind && $kind eq 'd';
			shut($file);
		}
		closedir $handle;
		shut($fd);
	}
}
sub set {
	while (defined(my $record = <STDIN>)) {
		chomp $record;
		my ($wanted_inode, $expected, $wanted, $name) = split /\n/, $record, -1;
		($expected, $wanted) = map { $_ eq '-' ? '-' : pack('H*', $_) } $expected, $wanted;
		$name = pack('H*', $name);
		my $fd = beneath($root, $name eq '' ? '.' : $name, $PATH | $NOFOLLOW);
		# Of a source that is a file there is no '.'.
		if ($fd < 0 && $name eq '') { $fd = resolve(-100, $source, $PATH | $NOFOLLOW, 0x2 | 0x4) }
		if ($fd < 0) {
			if ($! == $EACCES) { print 'error', unpack('H*', "$!") } else { print 'changed', '' }
			next;
		}
		my (undef, $ino, $mode) = stat("/proc/self/fd/$fd");
		my $label = label($fd);
		if (!defined $mode || $ino != $wanted_inode || !defined $label || $label ne $expected) { print 'changed', '' }
		elsif (apply($fd, $wanted)) { print 'ok', '' }
		else { print 'error', unpack('H*', "$!") }
		shut($fd);
	}
}
$action eq 'list' ? list() : set();
