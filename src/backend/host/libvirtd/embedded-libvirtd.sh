# Becomes the embedded libvirtd. It runs as root in a mount namespace of its own, and takes the directory of the daemon's state, the idle time in
# seconds, the path of libvirtd, the number of the system call prctl (0: unknown) and what its parent does (embedded-libvirtd.pl) as $1 to $5.
#
# It begins when its input ends: until then it may be moved to a cgroup where it is safe from the end of the caller's service.
#
# The caller's descriptors are none of the daemon's: a lock or a pipe that the caller has would stay held for as long as it runs.
#
# It ends at once with status 75 when such a daemon lives already: the lock on ../libvirtd.lock is libvirtd's from its start to
# its end, however it ends. A child of the child subreaper, libvirtd finds its guests reaped at once: it waits for that with
# locks held, and on some hosts process 1 is slow.

set -eu
directory=$1 idle=$2 program=$3 prctl=$4 watcher=$5
read -r _ || :
exec </dev/null 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
@limits@
(umask 077; : >>"$directory.lock")
exec 9>"$directory.lock"
flock -n 9 || exit 75

cd "$directory"
: >libvirtd.out
mkdir -p run etc/qemu/networks lib cache logs sock
for file in lxc.conf qemu.conf network.conf; do
	if [ -r "/etc/libvirt/$file" ]; then cp "/etc/libvirt/$file" "etc/$file"; fi
done
echo 'stdio_handler = "file"' >>etc/qemu.conf
# A network and a bridge that the host does not have. The first ones are those of libvirt's own default, and left to a libvirtd of the host.
subnet=122
if [ -e /etc/libvirt/qemu/networks/default.xml ]; then subnet=123; fi
taken=$(ip -4 route show 2>/dev/null) || :
while [ "$subnet" -lt 254 ]; do
	bridge=$((subnet - 122))
	case $taken in *"192.168.$subnet."*) ;; *) [ -e "/sys/class/net/virbr$bridge" ] || break ;; esac
	subnet=$((subnet + 1))
done
cat >etc/qemu/networks/default.xml <<END
<network>
  <name>@network@</name>
  <uuid>@uuid@</uuid>
  <forward mode='nat'/>
  <bridge name='virbr$bridge' stp='off' delay='0'/>
  <ip address='192.168.$subnet.1' netmask='255.255.255.0'><dhcp><range start='192.168.$subnet.2' end='192.168.$subnet.254'/></dhcp></ip>
</network>
END
cat >libvirtd.conf <<END
unix_sock_dir = "$directory/sock"
unix_sock_rw_perms = "0700"
auth_unix_rw = "none"
log_level = 3
log_outputs = "3:file:$directory/libvirtd.log"
END
rm -f libvirtd.log

bind() {
	mkdir -p "$2"
	mount --bind "$1" "$2"
}
bind run /run/libvirt
bind etc /etc/libvirt
bind lib /var/lib/libvirt
bind cache /var/cache/libvirt
# In a file system of their own, which ends with the daemon. The host sees them by a link to the process that this becomes.
mount -t tmpfs -o "size=16777216,mode=700" tmpfs logs
bind logs /var/log/libvirt
rm -rf log
ln -s "/proc/$$/root/var/log/libvirt" log
# LXC does not start beside cgroup v1 while version 2 is mounted there as well.
if [ -d /sys/fs/cgroup/unified ] && mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi
# Of control groups that are mounted twice it takes the last, and mounts them at that place in containers. The way there may be led elsewhere
# meanwhile: what was opened is to be that very mount, and goes by its descriptor.
take_away() {
	timeout -s KILL 5 sh -c 'exec 8<"$1" && grep -qx "mnt_id:[[:blank:]]*$2" /proc/self/fdinfo/8 && exec umount -c -l /proc/self/fd/8' take-away "$@" || :
}
if mountpoint -q /sys/fs/cgroup; then
	while read -r id _ _ _ place rest; do
		case $place in /sys/fs/cgroup|/sys/fs/cgroup/*) continue ;; esac
		case $rest in *" - cgroup "*|*" - cgroup2 "*) ;; *) continue ;; esac
		# The kernel has blanks as \040, which printf knows as \0040.
		take_away "$(printf %b "$(printf %s "$place" | sed 's/\\\([0-7]\{3\}\)/\\0\1/g')")" "$id"
	done </proc/self/mountinfo
fi

set -- "$program" --config "$directory/libvirtd.conf" --pid-file "$directory/libvirtd.pid" --timeout "$idle"
cd /
if [ "$prctl" = 0 ] || ! command -v perl >/dev/null; then exec "$@"; fi
exec perl -e "$watcher" "$prctl" "$directory" "$((idle / 8 > 0 ? idle / 8 : 1))" "$@"
