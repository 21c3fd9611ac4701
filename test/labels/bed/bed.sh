#!/bin/bash
# A test bed for security labels: a small Debian guest, emulated, with SELinux or AppArmor, that runs libvirtd's LXC driver
# and then run.sh of a directory. Root, mmdebstrap, qemu-system-x86, e2fsprogs, cpio, xz-utils.
#
#   bed.sh build WORK                      downloads packages and makes WORK (40 s)
#   bed.sh run WORK DIRECTORY MODEL        MODEL is selinux, permissive, apparmor or plain; DIRECTORY is copied to /srv/in of the guest
#
# Nothing but WORK is written to; the guest's disk forgets what it was given.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
action=$1 work=$2
root=$work/root

packages=libvirt-daemon,libvirt-daemon-driver-lxc,libvirt-clients,kmod,iproute2,procps,attr,apparmor,policycoreutils
packages=$packages,selinux-policy-default,selinux-utils,semodule-utils,busybox-static,qemu-utils,e2fsprogs

say() {
	printf 'bed: %s (%s s)\n' "$*" "$SECONDS"
}

fetch_kernel() {
	local name
	mkdir -p "$work/kernel"
	cd "$work/kernel"
	name=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image-[0-9]/ {print $2; exit}')
	[ -n "$name" ] || { say 'apt-get knows no linux-image-amd64'; exit 1; }
	apt-get download -q -o APT::Sandbox::User=root "$name" >/dev/null
	dpkg-deb -x linux-image-*.deb .
	rm linux-image-*.deb
	say "kernel: $name"
}

make_root() {
	mmdebstrap -q --variant=minbase --mode=root --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Check-Valid-Until "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt=force-unsafe-io --include="$packages" "$(. /etc/os-release; echo "$VERSION_CODENAME")" "$root"
	chroot "$root" getent group libvirt >/dev/null || chroot "$root" groupadd -r libvirt
	say "root: $(du -sm "$root" | cut -f1) MB"
}

# Modules of what the guest may touch.
copy_modules() {
	local part from=$work/kernel/usr/lib/modules
	version=$(ls "$from")
	from=$from/$version
	modules=$root/usr/lib/modules/$version
	for part in fs net lib crypto arch drivers/block drivers/virtio; do
		mkdir -p "$modules/kernel/$(dirname "$part")"
		cp -a "$from/kernel/$part" "$modules/kernel/$(dirname "$part")/"
	done
	cp -a "$from/kernel/drivers/net/veth.ko.xz" "$modules/kernel/"
	cp "$from"/modules.{order,builtin,builtin.modinfo} "$modules/"
	chroot "$root" depmod "$version"
}

install_policy() {
	cp "$here/bed.cil" "$root/tmp/"
	chroot "$root" semodule -n -X 400 -i /tmp/bed.cil 2>/dev/null
	printf '#!/bin/sh\nexec /bin/sh /etc/rc.bed\n' >"$root/usr/sbin/init-bed"
	chmod 755 "$root/usr/sbin/init-bed"
	cp "$here/rc.bed" "$root/etc/rc.bed"
	chroot "$root" setfiles -m /etc/selinux/default/contexts/files/file_contexts /
	chroot "$root" setfattr -n security.selinux -v system_u:object_r:init_exec_t:s0 /usr/sbin/init-bed
	say policy
}

make_initrd() {
	local module number=10 initrd=$work/initrd
	mkdir -p "$initrd"/{bin,proc,sys,dev,mnt,m,t}
	cp "$root/bin/busybox" "$initrd/bin/"
	cp "$here/init.initrd" "$initrd/init"
	chmod 755 "$initrd/init"
	for module in virtio_blk ext4 9p 9pnet_virtio; do
		chroot "$root" modprobe -S "$version" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r module; do
		xz -dc "$root/$module" >"$initrd/m/$number-$(basename "${module%.xz}")"
		number=$((number + 1))
	done
	(cd "$initrd" && find . | cpio -o -H newc --quiet) >"$work/initrd.img"
}

build() {
	fetch_kernel
	make_root
	copy_modules
	install_policy
	make_initrd
	mkfs.ext4 -q -F -O ^has_journal -d "$root" "$work/root.img" $(($(du -sm "$root" | cut -f1) * 3 / 2 + 200))M
	cp "$work"/kernel/boot/vmlinuz* "$work/vmlinuz"
	rm -rf "$root" "$work/kernel" "$work/initrd"
	say "image: $(du -m "$work/root.img" | cut -f1) MB"
}

run() {
	local directory=$1 words
	case $2 in
		selinux) words='security=selinux enforcing=1' ;;
		permissive) words='security=selinux enforcing=0' ;;
		apparmor) words='security=apparmor' ;;
		plain) words=lsm=yama ;;
		*) say "no model $2"; exit 2 ;;
	esac
	exec qemu-system-x86_64 -accel tcg,thread=multi -smp 2 -m 1536 -cpu max,la57=off -machine pc -nodefaults -no-user-config \
		-display none -no-reboot -kernel "$work/vmlinuz" -initrd "$work/initrd.img" \
		-append "console=ttyS0 quiet loglevel=4 panic=-1 mitigations=off tsc=unstable audit_rate_limit=0 $words" \
		-drive "file=$work/root.img,format=raw,if=virtio,snapshot=on,cache=unsafe" \
		-fsdev "local,id=t,path=$directory,security_model=none,readonly=on" -device virtio-9p-pci,fsdev=t,mount_tag=t \
		-object rng-random,id=r,filename=/dev/urandom -device virtio-rng-pci,rng=r -serial stdio </dev/null
}

case $action in
	build) build ;;
	run) run "$3" "$4" ;;
	*) say "no action $action"; exit 2 ;;
esac
