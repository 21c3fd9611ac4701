#!/bin/bash
# Usage: scripts/host-bed/build.sh DIR [mirror…]
#
# Makes DIR, a Debian guest for QEMU: root.img (ext4), initrd.img, vmlinuz, key (of ssh). It is the host that most users have:
# systemd is process 1, cgroup v2 alone, AppArmor, polkit, sshd, an ordinary busybox as initramfs-tools brings it, and libvirtd
# as `apt install libvirt-daemon-system libvirt-clients` leaves it. What scripts/setup.sh installs is in a repository of the
# guest's own, so nothing in it needs a network. As root; mmdebstrap, mkfs.ext4, cpio, xz, busybox. 3 to 5 minutes.
set -eu
export LC_ALL=C
mkdir -p "$1"
out=$(cd "$1" && pwd)
root=$out/root

system=systemd,systemd-sysv,systemd-container,udev,dbus,dbus-user-session,libpam-systemd,login,passwd,polkitd,sudo,openssh-server
system=$system,openssh-client,kmod,iproute2,iputils-ping,procps,psmisc,netbase,apparmor,bsdutils,busybox,linux-image-amd64
# What a developer has.
tools=make,git,nodejs,npm,xz-utils,e2fsprogs,netcat-openbsd
# What scripts/setup.sh finds missing.
later='libvirt-daemon-driver-lxc busybox-static virtiofsd qemu-system-x86 dnsmasq-base iptables'

say() {
	printf 'host-bed: %s (%s s)\n' "$*" "$SECONDS"
}

# The repository of packages that are not installed yet: DIRECTORY in the guest.
make_repository() {
	local directory=$root$1 package
	mkdir -p "$directory"
	# shellcheck disable=SC2086 # The list is words.
	chroot "$root" apt-get -q -y -o APT::Install-Recommends=false -o "Dir::Cache::archives=$1" --download-only install $later >/dev/null
	rm -rf "$directory/partial" "$directory/lock"
	for package in "$directory"/*.deb; do
		dpkg-deb -f "$package"
		printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${package##*/}" "$(stat -c %s "$package")" "$(sha256sum <"$package" | cut -d' ' -f1)"
	done >"$directory/Packages"
	rm -rf "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/* "$root"/var/lib/apt/lists/*
	echo "deb [trusted=yes] file:$1 ./" >"$root/etc/apt/sources.list"
}

make_root() {
	local suite
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# No initramfs is needed: the guest boots its own kernel with the small one below.
	INITRD=No mmdebstrap -q --variant=minbase --mode=root --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Check-Valid-Until "false"' \
		--aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io --include="$system,$tools" --skip=cleanup/apt/lists \
		--customize-hook='INITRD=No DEBIAN_FRONTEND=noninteractive chroot "$1" apt-get -q -y -o APT::Install-Recommends=true install libvirt-daemon-system libvirt-clients >/dev/null' \
		"$suite" "$root"
	say "root: $(du -sm "$root" | cut -f1) MB"
	make_repository /var/cache/later
	rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/cache/apt/*.bin
	say "repository: $(du -sm "$root/var/cache/later" | cut -f1) MB"
}

configure() {
	local home
	echo bed >"$root/etc/hostname"
	printf '127.0.0.1 localhost\n127.0.1.1 bed\n::1 localhost\n' >"$root/etc/hosts"
	echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
	rm -f "$root/etc/resolv.conf" && echo 'nameserver 10.0.2.3' >"$root/etc/resolv.conf"
	printf '[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n' >"$root/etc/systemd/network/bed.network"
	printf '#!/bin/sh\ntar -C /srv -xf /dev/vdb\n' >"$root/usr/local/sbin/bed-unpack"
	# Says how it ended on the port that it writes to, and nothing else does.
	cat >"$root/usr/local/sbin/bed-run" <<-'END'
		#!/bin/sh
		cd /srv/in && export HOME=/root LC_ALL=C.UTF-8
		{ bash run.sh; echo "host-bed: ended with status $?"; } </dev/null >/dev/ttyS1 2>&1
		systemctl --no-block poweroff --force
	END
	chmod 755 "$root"/usr/local/sbin/bed-*
	cat >"$root/etc/systemd/system/bed-unpack.service" <<-'END'
		[Unit]
		Before=multi-user.target ssh.service
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/usr/local/sbin/bed-unpack
		[Install]
		WantedBy=multi-user.target
	END
	# A login's slice would be gone with its session; a service's own group is what CI runners and timers have.
	cat >"$root/etc/systemd/system/bed-run.service" <<-'END'
		[Unit]
		ConditionKernelCommandLine=bed.run
		After=multi-user.target bed-unpack.service
		[Service]
		Type=oneshot
		TimeoutStartSec=infinity
		ExecStart=/usr/local/sbin/bed-run
		[Install]
		WantedBy=graphical.target
	END
	chroot "$root" systemctl -q enable systemd-networkd ssh bed-unpack bed-run
	chroot "$root" systemctl -q mask systemd-networkd-wait-online apt-daily.timer apt-daily-upgrade.timer e2scrub_reap.service man-db.timer
	chroot "$root" systemctl -q set-default graphical.target
	chroot "$root" useradd -m -s /bin/bash guest
	[ -e "$out/key" ] || ssh-keygen -q -t ed25519 -N '' -f "$out/key"
	for home in root home/guest; do
		mkdir -p -m 700 "$root/$home/.ssh" && cp "$out/key.pub" "$root/$home/.ssh/authorized_keys"
	done
	chroot "$root" chown -R guest: /home/guest/.ssh
}

# An initramfs that loads what the disk needs and goes on in it.
make_initrd() {
	local version number=10 module initrd=$out/initrd
	version=$(ls "$root/usr/lib/modules")
	cp "$root/boot/vmlinuz-$version" "$out/vmlinuz"
	mkdir -p "$initrd"/{bin,proc,sys,dev,mnt,m}
	cp "$(command -v busybox)" "$initrd/bin/busybox"
	for module in virtio_pci virtio_blk ext4; do
		chroot "$root" modprobe -S "$version" --show-depends "$module"
	done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r module; do
		xz -dc "$root/$module" >"$initrd/m/$number-$(basename "${module%.xz}")"
		number=$((number + 1))
	done
	cat >"$initrd/init" <<-'END'
		#!/bin/busybox sh
		B=/bin/busybox
		$B mount -t proc proc /proc; $B mount -t sysfs sysfs /sys; $B mount -t devtmpfs dev /dev
		for module in /m/*; do $B insmod $module; done
		$B mount -t ext4 /dev/vda /mnt
		for each in proc sys dev; do $B mount --move /$each /mnt/$each; done
		exec $B switch_root /mnt /sbin/init
	END
	chmod 755 "$initrd/init"
	(cd "$initrd" && find . | cpio -o -H newc --quiet) >"$out/initrd.img"
	rm -rf "$initrd"
}

rm -rf --one-file-system "$root"
make_root
configure
make_initrd
mkfs.ext4 -q -F -O ^has_journal -d "$root" "$out/root.img" 7G
rm -rf --one-file-system "$root"
say "image: $(du -m "$out/root.img" | cut -f1) MB"
