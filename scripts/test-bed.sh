#!/bin/bash
# Usage: scripts/test-bed.sh COMMAND [ARGUMENT…]
#
# Runs COMMAND beside a libvirtd of its own and passes on its exit status. COMMAND finds the daemon by
# VIRT_SANDBOX_TEST_SOCKET and VIRT_SANDBOX_TEST_URI. All of it lives in one set of namespaces (processes, mounts, network,
# cgroups), so it sees nothing of a libvirtd of the host, several beds run side by side, and when the bed ends, by itself,
# by its time limit or by a kill, the kernel ends every process in it.
#
# Whatever COMMAND leaves behind (domains, processes, mounts, links, cgroups, files) is listed and makes the status 99.
# VIRT_SANDBOX_TEST_LIMIT: seconds that COMMAND may take, 2000 by default; then the status is 124.
# Without the rights or the programs for a bed COMMAND runs without a daemon; with CI=true that is an error.
set -u

limit=${VIRT_SANDBOX_TEST_LIMIT:-2000}

say() {
	printf 'test-bed: %s\n' "$*" >&2
}

# What a bed needs and this machine lacks, one line.
missing_parts() {
	[ "$(id -u)" = 0 ] || printf 'root '
	local program
	for program in libvirtd virsh unshare setpriv timeout ip; do
		command -v "$program" >/dev/null || printf '%s ' "$program"
	done
	[ -x /usr/lib/libvirt/libvirt_lxc ] || [ -x /usr/libexec/libvirt_lxc ] || printf 'libvirt_lxc '
}

# The cgroup v1 hierarchies that are mounted, one a line; where there is version 2 alone, that.
cgroup_hierarchies() {
	if is_unified; then echo /sys/fs/cgroup; else awk '$3 == "cgroup" {print $2}' /proc/mounts; fi
}

# Control groups are of version 2 alone.
is_unified() {
	[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]
}

# Hands all controllers of a cgroup v2 down to those below it.
hand_down() {
	local controller
	for controller in $(cat "$1/cgroup.controllers"); do
		echo "+$controller" >"$1/cgroup.subtree_control" || return
	done
}

make_cgroups() {
	local hierarchy
	for hierarchy in $(cgroup_hierarchies); do
		mkdir "$hierarchy/$1" || return
		if is_unified; then
			# As far as whoever made it lets us.
			hand_down "$hierarchy" 2>/dev/null
		elif [ -e "$hierarchy/$1/cpuset.cpus" ]; then
			cat "$hierarchy/cpuset.cpus" >"$hierarchy/$1/cpuset.cpus"
			cat "$hierarchy/cpuset.mems" >"$hierarchy/$1/cpuset.mems"
			echo 1 >"$hierarchy/$1/cgroup.clone_children"
		fi
	done
}

remove_cgroups() {
	local hierarchy attempt
	for hierarchy in $(cgroup_hierarchies); do
		for attempt in 1 2 3 4 5 6 7 8 9 10; do
			[ -d "$hierarchy/$1" ] || break
			find "$hierarchy/$1" -depth -type d -exec rmdir {} + 2>/dev/null && break
			sleep 0.2
		done
	done
}

# Puts away what beds left that were killed hard.
sweep() {
	local stale owner
	for stale in /tmp/virt-sandbox-test.*; do
		[ -O "$stale/owner" ] && read -r owner <"$stale/owner" || continue
		# A bed that was begun inside another one sees none of the processes outside.
		[ "$(cat "$stale/namespace")" = "$(readlink /proc/self/ns/pid)" ] || continue
		if ! tr '\0' ' ' 2>/dev/null <"/proc/$owner/cmdline" | grep -q test-bed; then
			remove_cgroups "${stale##*/}"
			rm -rf "$stale"
		fi
	done
} 2>/dev/null

run_outside() {
	local lacking directory status
	lacking=$(missing_parts)
	if [ -n "$lacking" ]; then
		if [ "${CI:-}" = true ]; then
			say "cannot be made, missing: $lacking"
			exit 98
		fi
		say "no libvirtd for the tests, missing: $lacking"
		exec timeout -k 10 "$limit" "$@"
	fi
	sweep
	directory=$(mktemp -d /tmp/virt-sandbox-test.XXXXXX) || exit 98
	chmod 711 "$directory"
	readlink /proc/self/ns/pid >"$directory/namespace"
	echo "$$" >"$directory/owner"
	local cgroup=${directory##*/}
	trap 'kill -KILL "$bed" 2>/dev/null; wait "$bed" 2>/dev/null; remove_cgroups "$cgroup"; rm -rf "$directory"; exit 130' INT TERM HUP
	make_cgroups "$cgroup" || exit 98
	# The bed's processes start in its cgroups. The chain of death signals ends them even when this shell is killed.
	(
		# With version 2 the first process inside goes by itself: a group that hands controllers down has no processes of its own.
		own=--cgroup
		if is_unified; then own=; fi
		[ -z "$own" ] || for hierarchy in $(cgroup_hierarchies); do
			echo "$BASHPID" >"$hierarchy/$cgroup/cgroup.procs"
		done
		exec setpriv --pdeathsig KILL timeout --foreground -s KILL "$((limit + 60))" \
			setpriv --pdeathsig KILL unshare --mount --propagation slave $own --net --pid --fork --kill-child --mount-proc \
			bash "$0" --inside "$directory" "$@"
	) <&0 &
	bed=$!
	wait "$bed"
	status=$?
	trap - INT TERM HUP
	remove_cgroups "$cgroup"
	rm -rf "$directory"
	[ "$status" != 137 ] || say "killed (limit: $limit s)"
	exit "$status"
}

# Fresh, empty directories where libvirt and virt-sandbox keep things, and this bed's cgroups as all there are.
mount_bed() {
	local hierarchy place
	if is_unified; then
		mkdir "/sys/fs/cgroup/${directory##*/}/bed" && echo 0 >"/sys/fs/cgroup/${directory##*/}/bed/cgroup.procs" &&
			hand_down "/sys/fs/cgroup/${directory##*/}" || return
	fi
	for hierarchy in $(cgroup_hierarchies); do
		mount --bind "$hierarchy/${directory##*/}" "$hierarchy" || return
	done
	# What lies below the /proc of this bed is the host's, with mounts that are listed and not found: no container could have them all.
	umount /proc && umount -R -l /proc && mount -t proc proc /proc || return
	# LXC does not start beside cgroup v1 while version 2 is mounted there as well.
	if mountpoint -q /sys/fs/cgroup/unified; then umount /sys/fs/cgroup/unified; fi
	# Systemd's machined would give guests a place outside this bed.
	if [ -d /run/dbus ]; then mount -t tmpfs tmpfs /run/dbus || return; fi
	for place in /run/libvirt /etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt \
		/run/virt-sandbox /var/lib/virt-sandbox /var/cache/virt-sandbox; do
		# With the flags that /run has on most hosts.
		mkdir -p "$place" && mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs "$place" || return
	done
	# /sys as it was shows the network of the host, and libvirt sets ports of bridges by it.
	mkdir "$directory/cgroup" && mount --move /sys/fs/cgroup "$directory/cgroup" && umount -R -l /sys && mount -t sysfs sysfs /sys &&
		mount --move "$directory/cgroup" /sys/fs/cgroup && rmdir "$directory/cgroup" || return
	ip link set lo up
}

start_libvirtd() {
	mkdir -p "$directory/sock" /etc/libvirt/qemu/networks/autostart
	cat >"$directory/libvirtd.conf" <<-END
		unix_sock_dir = "$directory/sock"
		auth_unix_rw = "none"
		log_level = 3
		log_outputs = "3:file:$directory/libvirtd.log"
	END
	cat >/etc/libvirt/qemu/networks/default.xml <<-END
		<network>
		  <name>default</name>
		  <forward mode='nat'/>
		  <bridge name='virbr0' stp='off' delay='0'/>
		  <ip address='192.168.122.1' netmask='255.255.255.0'><dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip>
		</network>
	END
	ln -s ../default.xml /etc/libvirt/qemu/networks/autostart/default.xml
	# QEMU's own user could not get to what tests make below their directories; there is no virtlogd.
	cat >/etc/libvirt/qemu.conf <<-END
		user = "root"
		group = "root"
		stdio_handler = "file"
	END
	# Tests look at what they are given themselves; those of labels have hosts of their own.
	if grep -q Y /sys/module/apparmor/parameters/enabled 2>/dev/null; then echo 'security_driver = "none"' | tee -a /etc/libvirt/qemu.conf >/etc/libvirt/lxc.conf; fi
	libvirtd -f "$directory/libvirtd.conf" -p "$directory/libvirtd.pid" </dev/null >"$directory/libvirtd.out" 2>&1 &
	libvirtd=$!
	local attempt
	for ((attempt = 0; attempt < 200; attempt++)); do
		if [ -S "$directory/sock/libvirt-sock" ] && timeout 10 virsh -q -c "$VIRT_SANDBOX_TEST_URI" list >/dev/null 2>&1; then
			return 0
		fi
		kill -0 "$libvirtd" 2>/dev/null || break
		sleep 0.05
	done
	say 'libvirtd did not start:'
	tail -n 20 "$directory/libvirtd.out" "$directory/libvirtd.log" >&2
	return 1
}

# Everything a test could leave, one line each, in a form that can be compared.
list_things() {
	timeout 10 virsh -q -c "$VIRT_SANDBOX_TEST_URI" list --all --name | sed '/^$/d; s/^/domain /' || echo 'daemon that does not answer'
	local process
	for process in /proc/[0-9]*; do
		process=${process#/proc/}
		case $process in 1 | "$BASHPID" | "$PPID" | "$libvirtd") continue ;; esac
		# Children of this list itself have gone when their line is read.
		local command
		command=$(tr '\0\n' '  ' <"/proc/$process/cmdline" 2>/dev/null) || continue
		case $command in
			'' | *"--inside $directory"* | */dnsmasq\ --conf-file=/var/lib/libvirt/*) continue ;;
			# A libvirtd that is killed while it asks QEMU what it can leaves that QEMU behind; no sandbox has to do with it.
			*qemu-system-*\ -machine\ none,*/qmp-*) continue ;;
			# The libvirtd that the programs share stays for two minutes; its guests would be seen.
			*--pid-file\ /run/virt-sandbox/libvirtd/* | perl\ *PR_SET_CHILD_SUBREAPER*) continue ;;
		esac
		printf 'process %s %s\n' "$process" "${command:0:200}"
	done
	awk '{print "mount " $5 " (" $(NF-2) ")"}' /proc/self/mountinfo
	ip -o link | awk -F': ' '{print "network link " $2}'
	find $(cgroup_hierarchies) -mindepth 1 -type d -printf 'cgroup %p\n' 2>/dev/null | grep -v '/\(machine\|bed\)$'
	find "$directory/tmp" /run/virt-sandbox -mindepth 1 -maxdepth 1 ! -path '/run/virt-sandbox/libvirtd*' ! -name '*.lock' -printf 'file %p\n'
}

# Lists what is there now and was not before; what is just going gets ten seconds.
list_leftovers() {
	local attempt left
	for ((attempt = 0; attempt < 50; attempt++)); do
		list_things >"$directory/list" 2>&1
		left=$(sort "$directory/list" | comm -13 "$directory/before" -)
		[ -n "$left" ] || return 0
		sleep 0.2
	done
	printf '%s\n' "$left"
}

run_inside() {
	directory=$1
	shift
	if is_unified && [ "${VIRT_SANDBOX_TEST_CGROUP:-}" != "$directory" ]; then
		export VIRT_SANDBOX_TEST_CGROUP=$directory
		echo 0 >"/sys/fs/cgroup/${directory##*/}/cgroup.procs" && exec unshare --cgroup bash "$0" --inside "$directory" "$@"
		exit 98
	fi
	export VIRT_SANDBOX_TEST_SOCKET=$directory/sock/libvirt-sock
	export VIRT_SANDBOX_TEST_URI="lxc:///system?socket=$VIRT_SANDBOX_TEST_SOCKET"
	mount_bed && start_libvirtd || exit 98
	mkdir -m 1777 "$directory/tmp"
	mkdir -p -m 700 "$directory"/xdg/{run,config,state,cache}
	export TMPDIR=$directory/tmp XDG_RUNTIME_DIR=$directory/xdg/run XDG_CONFIG_HOME=$directory/xdg/config
	export XDG_STATE_HOME=$directory/xdg/state XDG_CACHE_HOME=$directory/xdg/cache
	unset LIBVIRT_DEFAULT_URI
	list_things >"$directory/list"
	sort "$directory/list" >"$directory/before"

	local status left
	timeout --foreground -k 10 "$limit" "$@"
	status=$?
	[ "$status" != 124 ] || say "ended after $limit s, its time limit: $*"

	left=$(list_leftovers)
	if [ -n "$left" ]; then
		say "left behind:"
		printf '%s\n' "$left" | head -n 40 >&2
		[ "$status" != 0 ] || status=99
	fi
	if ! kill -0 "$libvirtd" 2>/dev/null; then
		say 'libvirtd has ended meanwhile'
		[ "$status" != 0 ] || status=99
	fi
	if [ "$status" != 0 ] && grep -v '^$\| info : \|firewalld\|dmidecode' "$directory/libvirtd.log" >"$directory/words"; then
		say 'the last words of libvirtd:'
		tail -n 10 "$directory/words" >&2
	fi
	# The rest dies with this shell, which is process 1 here.
	kill -TERM "$libvirtd" 2>/dev/null
	local attempt
	for ((attempt = 0; attempt < 50; attempt++)); do
		kill -0 "$libvirtd" 2>/dev/null || break
		sleep 0.1
	done
	exit "$status"
}

if [ "${1:-}" = --inside ]; then
	shift
	run_inside "$@"
fi
[ "$#" -gt 0 ] || { say 'needs a command'; exit 2; }
run_outside "$@"
