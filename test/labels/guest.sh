#!/bin/sh
# Runs in the guest of the bed, as root: starts libvirtd with the guest's security driver, then each check of this directory
# for it. Says "✔ NAME" or "✘ NAME", and in between what a failed one printed. MODEL is a word of the kernel's command line.
cd /srv/in || exit 1
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin
export PATH LC_ALL=C.UTF-8 HOME=/root

if [ -e /sys/fs/selinux/enforce ]; then
	driver=selinux model=permissive
	[ "$(cat /sys/fs/selinux/enforce)" = 0 ] || model=selinux
	# V8 writes code while it runs it, as on every host where Node is used under SELinux.
	setsebool allow_execmem 1
	# As an administrator logs in. What it executes must not change that.
	as_admin='runcon unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023'
elif [ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ]; then
	driver=apparmor model=apparmor as_admin=
	for profile in usr.sbin.libvirtd usr.lib.libvirt.virt-aa-helper; do
		apparmor_parser -r "/etc/apparmor.d/$profile"
	done
else
	driver=none model=plain as_admin=
fi
echo "security_driver = \"$driver\"" >/etc/libvirt/lxc.conf
mkdir -p /var/log/libvirt/lxc
virtlogd -d
libvirtd -d
attempt=0
until [ -S /run/libvirt/libvirt-sock ] || [ "$attempt" = 100 ]; do
	attempt=$((attempt + 1))
	sleep 0.1
done
dmesg -C
$as_admin sh "/srv/in/checks-$model.sh"
echo "guest: the checks ended with status $?"
[ "${KEEP_TALKING:-}" = '' ] || dmesg | grep -i 'avc\|apparmor="DENIED"' | tail -n 30
