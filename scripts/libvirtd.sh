#!/bin/bash
# Usage: scripts/libvirtd.sh start | stop
#
# start: a libvirtd on the host's own sockets, which stays; for machines without systemd that have none running. Its mount
# namespace is its own and slave to the host's. stop: ends the one that start started, and no other; what runs in it stays.
set -u

record=/run/virt-sandbox-libvirtd
log=/var/log/virt-sandbox-libvirtd.log

say() {
	printf 'libvirtd: %s\n' "$*"
}

fail() {
	printf 'libvirtd: %s\n' "$*" >&2
	exit 1
}

# The start time of a process in clock ticks: with its id it names a process for good.
start_time() {
	local stat
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	# The name before the last ")" may hold blanks.
	set -- ${stat##*) }
	printf '%s\n' "${20}"
}

# The process that start started, when it lives.
ours() {
	local pid started
	read -r pid started 2>/dev/null <"$record" || return 1
	[ "$(start_time "$pid")" = "$started" ] && printf '%s\n' "$pid"
}

answers() {
	timeout 10 virsh -q -c lxc:///system list >/dev/null 2>&1
}

start() {
	[ "$(id -u)" = 0 ] || fail 'needs root'
	if answers; then
		say 'one answers already'
		return
	fi
	command -v libvirtd >/dev/null || fail "is not installed: run 'make setup' as root"
	[ ! -d /run/systemd/system ] || fail "this host has systemd: run 'systemctl start libvirtd' there"
	mkdir -p /run/libvirt
	# The lock keeps two starts apart. libvirtd is the child of a child subreaper, since process 1 may reap slowly.
	exec 9>"$record.lock"
	flock -w 20 9 || fail 'another start does not come to an end'
	if answers; then
		say 'one answers already'
		return
	fi
	setsid unshare --mount --propagation slave bash -c '
		exec 9>&-
		if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi
		# Machines log through virtlogd, which nothing starts here: QEMU writes its logs itself, for this daemon alone.
		if [ -e /etc/libvirt/qemu.conf ]; then
			(umask 077; { grep -v "^ *stdio_handler" /etc/libvirt/qemu.conf; echo "stdio_handler = \"file\""; } >"$1.qemu.conf")
			mount --bind "$1.qemu.conf" /etc/libvirt/qemu.conf
		fi
		libvirtd --pid-file /run/libvirtd.pid &
		printf "%s\n" "$!" >"$1"
		command -v perl >/dev/null || exit 0
		exec perl -e "syscall 0 + (qx(uname -m) =~ /x86_64/ ? 157 : 167), 36, 1, 0, 0, 0; 1 while wait != -1"
	' libvirtd "$record" </dev/null >"$log" 2>&1 &
	local attempt pid
	for ((attempt = 0; attempt < 200; attempt++)); do
		if answers; then
			read -r pid <"$record"
			printf '%s %s\n' "$pid" "$(start_time "$pid")" >"$record"
			say "started (process $pid, log $log); 'make libvirtd-stop' ends it"
			return
		fi
		sleep 0.1
	done
	tail -n 10 "$log" >&2
	fail "did not answer in 20 s, see $log"
}

stop() {
	local pid attempt
	if ! pid=$(ours); then
		rm -f "$record" "$record.qemu.conf"
		say 'none of ours runs'
		return
	fi
	kill -TERM "$pid"
	for ((attempt = 0; attempt < 50; attempt++)); do
		ours >/dev/null || break
		sleep 0.1
	done
	if ours >/dev/null; then kill -KILL "$pid"; fi
	rm -f "$record" "$record.lock" "$record.qemu.conf"
	say "ended (process $pid)"
}

case ${1:-} in
	start) start ;;
	stop) stop ;;
	*) fail 'says start or stop' ;;
esac
