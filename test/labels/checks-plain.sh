# Neither SELinux nor AppArmor; control groups of version 2 alone; a kernel with nbd.
# In memory: the images are larger than what the guest's disk has left.
TMPDIR=/dev/shm
. /srv/in/checks.sh
shell=/srv/in/bin/virt-sandbox-shell
groups=/sys/fs/cgroup/machine

# Images that are not raw.
mkdir -p $work/tree/sub
echo from the host >$work/tree/sub/file
mkfs.ext4 -q -F -d $work/tree $work/raw 48M
for format in qcow2 vmdk vdi; do
	qemu-img convert -O $format $work/raw $work/image.$format
	run -m host-image:/mnt=$work/image.$format,format=$format -- sh -c 'cat /mnt/sub/file && head -c 20000000 /dev/urandom >/mnt/new && sha256sum </mnt/new'
	check "an image of format $format is read and written" ended 0 'from the host'
	written=$(printf '%s\n' "$out" | tail -n 1)
	qemu-img convert -O raw $work/image.$format $work/back
	check '… and the host has what was written' test "$written" = "$(debugfs -R 'cat /new' $work/back 2>/dev/null | sha256sum)"
done
qemu-img convert -O vhdx $work/raw $work/image.vhdx
run -m host-image:/mnt=$work/image.vhdx -- true
check 'a format that libvirt does not know is refused' ended 125 '' 'looks like vhdx'
rm $work/image.vhdx $work/image.vdi $work/image.vmdk
image=$work/image.qcow2
run -m host-image:/mnt=$image,format=qcow2,ro -- sh -c 'cat /mnt/sub/file; touch /mnt/x || echo refused'
check 'an image that is mounted ro cannot be written to' ended 0 refused
run --disk file:data=$image,format=qcow2 -- sha256sum /dev/disk/by-tag/data
check 'a disk that is not raw is there as it is' ended 0 "$(qemu-img convert -O raw $image $work/back && sha256sum <$work/back | cut -d' ' -f1) .*"

qemu-img create -q -f qcow2 -b $image -F qcow2 $work/layer.qcow2
run -m host-image:/mnt=$work/layer.qcow2,format=qcow2 -- true
check 'an image with a backing file is refused' ended 125 '' "refers to a backing file, $image"
run -v -m host-image:/mnt=$work/layer.qcow2,format=qcow2,chain=yes -- cat /mnt/sub/file
check '… unless chain=yes allows it, which is told' ended 0 'from the host' 'may refer to other files'
rm $work/layer.qcow2

# unserved: no device of a network block is in use, nobody serves one.
unserved() {
	! pidof qemu-nbd >/dev/null && ! cat /sys/block/nbd*/size | grep -vqx 0
}
# eventually CONDITION…: within ten seconds.
eventually() {
	attempts=0
	until "$@"; do
		attempts=$((attempts + 1))
		[ "$attempts" -lt 100 ] || return
		sleep 0.1
	done
}
check 'nothing serves an image any more' eventually unserved

for number in 1 2 3 4; do
	cp $image $work/copy-$number
	timeout -k 5 100 $vs -c $uri -m host-image:/mnt=$work/copy-$number,format=qcow2 -- cat /mnt/sub/file >$work/at-once-$number 2>&1 </dev/null &
done
wait
out=$(cat $work/at-once-*)
check 'four that start at once, and race for devices, all start' test "$(grep -cx 'from the host' $work/at-once-* | grep -c ':1$')" = 4
start $work/holder -m host-image:/mnt=$image,format=qcow2 -- sh -c 'echo ready; sleep 60'
holder=$started
run -m host-image:/mnt=$work/copy-1,format=qcow2 -m host-image:/srv=$image,format=qcow2 -- true
check 'an image that is in use is refused' ended 125 '' "The image $image is in use"
check '… and the other image of that start is free again' test "$(pidof qemu-nbd | wc -w)" = 1
stop "$holder"
head -c 1000000 /dev/urandom >$work/junk
qemu-img convert -O qcow2 $work/junk $work/junk.qcow2
run -m host-image:/mnt=$work/junk.qcow2,format=qcow2 -- true
check 'an image without a file system is refused' ended 125 '' 'The image for /mnt holds no file system'
check '… and nothing serves it' eventually unserved

cp $image $work/cut-off
start $work/served -m host-image:/mnt=$work/cut-off,format=qcow2 -- sh -c 'echo ready; sleep 5; exit 0'
kill -KILL "$(pidof qemu-nbd)"
wait "$started"
status=$? out= err=$(cat $work/served.err)
check 'that what serves an image has ended too early is told, whatever the command says' ended 125 '' 'What was written last to the images of .* may be lost'
check '… and nothing serves it' eventually unserved
rm $work/cut-off

start $work/killed -m host-image:/mnt=$image,format=qcow2 -- sh -c 'echo ready; sleep 60'
kill -KILL "$(cat /proc/$started/task/$started/children)" 2>/dev/null
kill -KILL "$started" 2>/dev/null
wait "$started" 2>/dev/null
check 'after kill -9 of the client nothing serves its image' eventually unserved
start $work/orphan -m host-image:/mnt=$image,format=qcow2 -- sh -c 'echo ready; sleep 60'
kill -KILL "$(pidof libvirtd)"
stop "$started"
check 'nor after the end of a sandbox whose libvirtd was killed' eventually unserved
check '… which leaves no control group' test -z "$(ls -d $groups/lxc-* 2>/dev/null)"
libvirtd -d
eventually timeout 10 virsh -q -c $uri list >/dev/null 2>&1
mv /usr/bin/qemu-nbd /usr/bin/qemu-nbd.away
run -m host-image:/mnt=$image,format=qcow2 -- true
check 'without qemu-nbd it is refused before anything starts' ended 125 '' 'it has no qemu-nbd'
mv /usr/bin/qemu-nbd.away /usr/bin/qemu-nbd

# The guest's disk is small.
rm -f $work/copy-* $work/junk* $work/raw $work/back
# meanwhile COMMANDS: what somebody does from now on after the look at an image, right before qemu-nbd opens it.
mkdir /srv/real $work/theirs $work/other
mv /usr/bin/qemu-nbd /srv/real/
meanwhile() {
	printf '#!/bin/sh\n%s\nexec /srv/real/qemu-nbd "$@"\n' "$1" >/usr/bin/qemu-nbd
	chmod 755 /usr/bin/qemu-nbd
	cp $image $work/theirs/image
}
cp $image $work/other/image
theirs=$work/theirs/image
for way in '-m host-image:/mnt=' '--disk file:data='; do
	meanwhile "mv $theirs $theirs.away; ln -s $work/other/image $theirs"
	run $way$theirs,format=qcow2 -- echo ran
	check "an image that is led elsewhere meanwhile is refused ($way)" ended 125 '' "The way to the image $theirs changed"
	check '… and nothing serves it' eventually unserved
	rm $theirs $theirs.away
	meanwhile "qemu-img rebase -u -f qcow2 -F qcow2 -b $work/other/image $theirs"
	run $way$theirs,format=qcow2 -- echo ran
	check "so is one whose header is led elsewhere ($way)" ended 125 '' "The image $theirs changed while .*: it leads to $work/other/image"
	run $way$theirs,format=qcow2,chain=yes -- echo ran
	check "… unless chain=yes allows it ($way)" ended 0 ran
done
rm -r $work/theirs $work/other
mv /srv/real/qemu-nbd /usr/bin/qemu-nbd

# Limits, as the kernel has them.
start $work/limited --memory 100M --swap 50M --cpu-shares 300 --cpu-quota 50 --io-weight 200 -- sh -c 'echo ready; grep MemTotal /proc/meminfo; sleep 60'
status=0 err=
out=$(cd $groups/lxc-* && grep . memory.max memory.swap.max cpu.weight cpu.max io.weight)
check 'the memory has its limit' ended 0 memory.max:104857600
check 'swap has its own, beside the memory' ended 0 memory.swap.max:52428800
check 'shares of the processor are a weight' ended 0 cpu.weight:300
check 'its quota is one' ended 0 'cpu.max:50000 100000'
check 'the weight among users of the disks is one' ended 0 'io.weight:default 200'
out=$(cat $work/limited)
check 'the guest sees its memory' ended 0 'MemTotal: *102400 kB'
stop "$started"
run --memory 32M -- sh -c 'head -c 100000000 /dev/zero | tail >/dev/null'
check 'a command that takes more is killed, and nothing else of the sandbox' ended 137

# Standing still.
run --keep -n kept -- sh -c 'sleep 300'
check 'a sandbox is kept' ended 0 kept
frozen() { grep -hs '^frozen' $groups/lxc-*/cgroup.events $groups/lxc-*/*/cgroup.events | grep -qx "frozen $1"; }
timeout 60 $shell -c $uri 'suspend kept' >$work/out 2>$work/err
status=$? out=$(cat $work/out) err=$(cat $work/err)
check 'it is suspended, which libvirt cannot do' ended 0
check '… and stands still' eventually frozen 1
timeout 60 $shell -c $uri 'resume kept' >$work/out 2>$work/err
status=$? out=$(cat $work/out) err=$(cat $work/err)
check '… until it is resumed' ended 0
stands() { [ "$(ps -o stat= -C sleep | cut -c1)" = "$1" ]; }
timeout 60 $shell -c $uri 'signal kept STOP'
check '… STOP stops its command' eventually stands T
timeout 60 $shell -c $uri 'signal kept CONT'
check '… and CONT lets it go on' eventually stands S
echo 1 >"$(ls -d $groups/lxc-*)/cgroup.freeze"
timeout 60 $shell -c $uri 'destroy kept' >$work/out 2>$work/err
status=$? out=$(cat $work/out) err=$(cat $work/err)
check 'one that somebody froze is ended all the same' ended 0
check 'no control group is left' test -z "$(ls -d $groups/lxc-* 2>/dev/null)"
# The lock is for the next start.
check 'nothing is left in the state directory but locks' test -z "$(ls /run/virt-sandbox 2>/dev/null | grep -vxE '(nbd|loop)[.]lock')"
