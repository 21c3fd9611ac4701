#!/bin/bash
# What is done with a guest that scripts/host-bed/build.sh made in DIR:
#
#   bed.sh run DIR TAR      boots a copy that forgets, with TAR unpacked in /srv, runs /srv/in/run.sh as root in a service of
#                           systemd and shows its output, the last line of which is "host-bed: ended with status N"
#   bed.sh up DIR TAR       boots a copy that lasts (DIR/disk.img); returns when ssh answers
#   bed.sh ssh DIR WORD…    a command in it as root (LOGIN=guest: as another user); bed.sh down DIR powers it off
#
# Everything is emulated. CPUS (2), MEM (3G) and CMDLINE, more words for the kernel, are read from the environment.
set -eu
usage() {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
	exit 2
}
[ "$#" -ge 2 ] || usage
action=$1 bed=$2
shift 2

# qemu WORDS DISK OPTION…: becomes it; WORDS are for the kernel.
qemu() {
	local words=$1 disk=$2 tar=$3
	shift 3
	exec nice -n 5 qemu-system-x86_64 -accel tcg,thread=multi -smp "${CPUS:-2}" -m "${MEM:-3G}" -cpu max,la57=off -machine pc -nodefaults -no-user-config \
		-display none -no-reboot -kernel "$bed/vmlinuz" -initrd "$bed/initrd.img" \
		-append "root=/dev/vda rw console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off tsc=unstable systemd.show_status=0 ${CMDLINE:-} $words" \
		-drive "file=$bed/$disk,format=raw,if=virtio,cache=unsafe" -drive "file=$tar,format=raw,if=virtio,readonly=on" \
		-object rng-random,id=r,filename=/dev/urandom -device virtio-rng-pci,rng=r -device virtio-net-pci,netdev=n "$@"
}

guest_ssh() {
	ssh -q -i "$bed/key" -p "$(cat "$bed/port")" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=30 \
		-l "${LOGIN:-root}" 127.0.0.1 "$@"
}

up() {
	local pid attempt
	[ -e "$bed/disk.img" ] || cp --reflink=auto --sparse=always "$bed/root.img" "$bed/disk.img"
	echo "$((20000 + RANDOM % 10000))" >"$bed/port"
	(qemu '' disk.img "$1" -netdev "user,id=n,hostfwd=tcp:127.0.0.1:$(cat "$bed/port")-:22" -serial "file:$bed/console" -pidfile "$bed/pid" </dev/null >"$bed/qemu.log" 2>&1) &
	pid=$!
	for ((attempt = 0; attempt < 100; attempt++)); do
		sleep 2
		if timeout 30 "$0" ssh "$bed" true 2>/dev/null; then return; fi
		kill -0 "$pid" 2>/dev/null || break
	done
	tail -n 20 "$bed/console" "$bed/qemu.log" >&2
	return 1
}

case $action in
	run) qemu bed.run root.img,snapshot=on "$1" -netdev user,id=n,restrict=on -serial "file:${CONSOLE:-/dev/null}" -serial stdio </dev/null ;;
	up) up "$1" ;;
	ssh) guest_ssh "$@" ;;
	down) guest_ssh systemctl poweroff ;;
	*) usage ;;
esac
