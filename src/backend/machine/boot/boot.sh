# What process 1 becomes when the kernel's file systems are mounted (process-one.ts): loads modules, opens the control port (descriptor 4), puts
# the root together by what the run's plan says, and goes on there as the sandbox's init, still process 1. The applets of busybox run by
# /proc/self/exe.
#
# What is mounted, made and copied by names of the guest's root may meet links that a sandbox, or an image, has there. So the script
# begins anew for that, with the guest's root as its own: no link leads out of it. Its directory stays the initramfs's top, and names
# from there, which have no slash before them, lead to what is the initramfs's.
#
# Guest to host, on the control port: `hello` (the kernel and the port work) · `root` (the root is put together) · `fatal 0 WORD`, after which the boot log says more.
#
# The host's end of the control port is connected long before, but the kernel hears of that a moment after it hears of the port.

say() {
	echo "virt-sandbox: $*" >&2
}

fatal() {
	local word=$1
	shift
	say "$*${unloaded:+; these modules could not be loaded:$unloaded}"
	[ -e /proc/self/fd/4 ] && echo "fatal 0 $word" >&4
	# Until the host has seen both; it ends the machine.
	sleep 2
	poweroff -f
	sleep 60
}

load() {
	local module name
	for module; do
		name=${module##*/}
		[ -e loaded/$name ] && continue
		insmod modules/$module || { say "cannot load $module"; unloaded="$unloaded $module"; }
		: >loaded/$name
	done
}

await_port() {
	local tries=0
	while [ ! -e run.d/guest/port/$1 ]; do
		tries=$((tries + 1))
		[ $tries -lt 1000 ] || fatal port "there is no port $1"
		usleep 5000
	done
}

# PATH: no link is on the way, since the plan has followed those that it knows.
straight() {
	local path= rest=${1#/}
	while [ "$rest" ]; do
		path=$path/${rest%%/*}
		[ ! -L "$path" ] || fatal link "$path is a link, which could lead anywhere"
		case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
	done
}

# TARGET: a mount point that has to be there.
there() {
	straight "$1"
	[ -e "$1" ] || fatal mount "there is no $1, and to make it could write to what it lies in"
}

# PROGRAM TARGET: a mount point that is made. The program follows no link, whoever puts one there meanwhile.
made() {
	straight "$2"
	$1 || fatal mount "there is no $2, and it cannot be made"
}

# PROGRAM TARGET WHAT
attach() {
	$1 || fatal $3 "cannot mount at $2"
}

# SERIAL: the block device with this serial number, which the command does not have: it could write to it past the file system.
find_disk() {
	local place serial tries=0
	while :; do
		for place in /sys/block/vd*; do
			serial=
			read -r serial 2>/dev/null <$place/serial
			[ "$serial" = "$1" ] && disk=dev/${place##*/} && return
		done
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fatal disk "there is no disk $1"
		usleep 10000
	done
}

# PROGRAM SERIAL TARGET ro|rw TYPE…: tries the types of file systems in turn. Device nodes in it would lead to the disks of the guest.
image() {
	local program=$1 serial=$2 target=$3 access=$4 type
	shift 4
	find_disk $serial
	for type; do
		eval "load \$modules_$type"
		mount -t $type -o $access,nosuid,nodev $disk made 2>/dev/null || continue
		attach $program "$target" image
		images="$target
$images"
		return
	done
	fatal image "nothing on /$disk can be mounted at $target; tried $*"
}

@include@

# SOURCE TARGET OWNER own|shared
include() {
	(bring "$@") || fatal include "cannot copy to $2"
}

# TAG OWNER
by_tag() {
	find_disk $1
	cp -a $disk devices/
	chown $2 devices/${disk##*/}
	mkdir -p devices/disk/by-tag
	ln -s /$disk devices/disk/by-tag/$1
}

unloaded=
. run.d/plan
if [ "$1" != within ]; then
	/load || while read -r module; do load $module; done </modules/order
	load $modules_run
	await_port ctl
	exec 4<>run.d/guest/port/ctl
	echo hello >&4
	share
	[ -z "$within" ] || exec /within
fi
plan
echo root >&4
for port in $ports; do await_port $port; done
umask 077
echo -n "$images" >run.d/guest/images
umask 022
exec ./enter
