#!/bin/sh
# Usage: scripts/setup.sh [packages]
#
# Brings this checkout to where its programs and tests run: Debian packages, npm packages, the built programs. Each step looks
# first and does nothing where nothing is missing. Says only what it does. `packages`: all but the build.
set -u
cd "$(dirname "$0")/.." || exit 1
project=$PWD
# An ordinary user's PATH may lack them, and root's after su: what is there is not missing.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() {
	printf 'setup: %s\n' "$*" >&2
}

has() {
	command -v "$1" >/dev/null 2>&1
}

has_any() {
	for path in "$@"; do
		if [ -e "$path" ]; then return 0; fi
	done
	return 1
}

# An ordinary busybox needs libraries, and a sandbox begins in a root of its own: the loader, asked like this, lists them instead
# of running it.
has_static_busybox() {
	for path in /usr/bin/busybox /bin/busybox /usr/sbin/busybox /sbin/busybox /usr/local/bin/busybox; do
		if [ -x "$path" ] && [ -z "$(LD_TRACE_LOADED_OBJECTS=1 "$path" true 2>/dev/null)" ] &&
			[ "$("$path" --list 2>/dev/null | grep -cx 'ash\|ip\|udhcpc\|usleep')" = 4 ]; then
			return 0
		fi
	done
	return 1
}

# Sets `debian` and `fedora` to the packages of what is missing.
find_missing() {
	debian='' fedora=''
	if ! has_any /usr/sbin/libvirtd /usr/bin/libvirtd; then lacks libvirt-daemon libvirt-daemon; fi
	if ! has_any /usr/lib/*/libvirt/connection-driver/libvirt_driver_lxc.so /usr/lib64/libvirt/connection-driver/libvirt_driver_lxc.so; then
		lacks libvirt-daemon-driver-lxc libvirt-daemon-driver-lxc
	fi
	if ! has_any /usr/lib/*/libvirt/connection-driver/libvirt_driver_network.so /usr/lib64/libvirt/connection-driver/libvirt_driver_network.so; then
		lacks libvirt-daemon-driver-network libvirt-daemon-driver-network
	fi
	if ! has virsh; then lacks libvirt-clients libvirt-client; fi
	if ! has_static_busybox; then lacks busybox-static busybox; fi
	if ! has dnsmasq; then lacks dnsmasq-base dnsmasq; fi
	if ! has iptables && ! has nft; then lacks iptables nftables; fi
	if ! has unshare || ! has setpriv || ! has flock; then lacks util-linux util-linux; fi
	if ! has ip; then lacks iproute2 iproute; fi
	if ! has npm; then lacks 'nodejs npm' nodejs-npm; fi
	if ! has perl; then lacks perl-base perl-interpreter; fi
	if ! has_any /usr/sbin/mkfs.ext4 /sbin/mkfs.ext4; then lacks e2fsprogs e2fsprogs; fi
	if ! has_any /usr/bin/ping; then lacks iputils-ping iputils; fi
	if ! has ssh; then lacks openssh-client openssh-clients; fi
	# The tests reach the host over ssh, by an sshd of their own.
	if ! has_any /usr/sbin/sshd /usr/bin/sshd; then lacks openssh-server openssh-server; fi
	if ! has nc; then lacks netcat-openbsd netcat; fi
	# They filter the networks of sandboxes.
	if [ "${CI:-}" = true ] && ! has_any /usr/lib/*/libvirt/connection-driver/libvirt_driver_nwfilter.so /usr/lib64/libvirt/connection-driver/libvirt_driver_nwfilter.so; then
		lacks libvirt-daemon-driver-nwfilter libvirt-daemon-driver-nwfilter
	fi
	# They compare vim in a pane with vim on a terminal of its own.
	if [ "${CI:-}" = true ] && ! has vim && ! has vim.tiny; then lacks vim-tiny vim-enhanced; fi
	if [ "${CI:-}" = true ] && ! has shellcheck; then lacks shellcheck ShellCheck; fi
	find_missing_for_machines
}

# What virtual machines need, as docs/machines.md tells.
find_missing_for_machines() {
	[ "$(uname -m)" = x86_64 ] || return 0
	if ! has_any /usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so /usr/lib64/libvirt/connection-driver/libvirt_driver_qemu.so; then
		lacks libvirt-daemon-driver-qemu libvirt-daemon-driver-qemu
	fi
	if ! has_any /usr/bin/qemu-system-x86_64 /usr/bin/qemu-kvm /usr/libexec/qemu-kvm; then lacks qemu-system-x86 qemu-system-x86-core; fi
	if ! has_any /usr/libexec/virtiofsd /usr/lib/virtiofsd /usr/lib/qemu/virtiofsd /usr/bin/virtiofsd; then lacks virtiofsd virtiofsd; fi
	if ! has xz; then lacks xz-utils xz; fi
	if ! has_kernel virtiofs; then lacks linux-image-cloud-amd64 kernel-core; fi
	# Machines of an ordinary user share directories by 9p, which the other kernel does not have.
	if ! has_kernel 9pnet_virtio; then lacks linux-image-amd64 kernel-modules; fi
	# Only the tests of port forwards need it.
	if [ "${CI:-}" = true ] && ! has passt; then lacks passt passt; fi
}

# Whether a kernel in /boot has this module, built in or not.
has_kernel() {
	for image in /boot/vmlinuz-*; do
		[ -e "$image" ] || return 1
		for list in /lib/modules/"${image#/boot/vmlinuz-}"/modules.builtin /lib/modules/"${image#/boot/vmlinuz-}"/modules.dep; do
			if [ -e "$list" ] && grep -q "/$1\.ko" "$list"; then return 0; fi
		done
	done
	return 1
}

lacks() {
	debian="$debian $1" fedora="$fedora $2"
}

# No service starts while packages are installed, and none is asked for later: the tests and the programs start their own.
# Kernels come for machines alone, which bring an initramfs of their own: INITRD spares them one that takes half a minute.
install_debian_packages() {
	say "installing$debian"
	log=$(mktemp) || return 1
	policy=/usr/sbin/policy-rc.d
	if ! [ -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
	else
		policy=''
	fi
	# shellcheck disable=SC2086 # The list is words.
	DEBIAN_FRONTEND=noninteractive INITRD=No timeout -k 10 900 sh -c '
		apt-get -q -y update &&
		apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 install "$@"' - $debian </dev/null >"$log" 2>&1
	status=$?
	if [ -n "$policy" ]; then rm -f "$policy"; fi
	if [ "$status" != 0 ]; then
		say "apt-get failed (status $status):"
		tail -n 15 "$log" >&2
	fi
	rm -f "$log"
	return "$status"
}

# A libvirtd that runs has not loaded a driver that was installed later. To restart it is its owner's to decide.
tell_unloaded_drivers() {
	if [ "$(id -u)" != 0 ] || ! [ -S /run/libvirt/libvirt-sock ] || ! has virsh; then return 0; fi
	unloaded=''
	for driver in lxc qemu; do
		has_any /usr/lib/*/libvirt/connection-driver/libvirt_driver_$driver.so /usr/lib64/libvirt/connection-driver/libvirt_driver_$driver.so || continue
		if LC_ALL=C timeout 20 virsh -q -c "$driver:///system" uri </dev/null 2>&1 | grep -q 'no connection driver available'; then
			unloaded="$unloaded $driver"
		fi
	done
	[ -n "$unloaded" ] || return 0
	restart='systemctl restart libvirtd'
	if ! [ -d /run/systemd/system ]; then restart="end it and start it again, as with 'make libvirtd-stop libvirtd'"; fi
	say "the libvirtd that runs has not loaded what was installed later (drivers:$unloaded). Restart it: $restart"
	say 'Until then virt-sandbox starts a libvirtd of its own, which sees none of the other one’s sandboxes.'
}

find_missing
if [ -n "$debian" ]; then
	if [ "$(id -u)" = 0 ] && has apt-get; then
		install_debian_packages || exit 1
	else
		say "sandboxes need packages that are missing here. On Debian, as root: apt-get install$debian"
		say "On Fedora, as root: dnf install$fedora"
		if ! has npm; then exit 1; fi
	fi
fi

tell_unloaded_drivers

# The programs need nothing but Node once they are built; npm brings the right Node along.
stamp=node_modules/.virt-sandbox-stamp
if ! cmp -s package-lock.json "$stamp"; then
	say 'installing npm packages'
	timeout -k 10 600 npm ci --no-audit --no-fund --loglevel=error </dev/null >/dev/null || { say 'npm ci failed'; exit 1; }
	cp package-lock.json "$stamp" || exit 1
fi

if [ "${1:-}" = packages ]; then exit 0; fi
exec scripts/build.sh
