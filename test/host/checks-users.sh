# An ordinary user, as after `su -`: without XDG_RUNTIME_DIR, without sbin in PATH, let in by polkit as a member of libvirt.
as_guest() {
	try su - guest -s /bin/bash -c "PATH=$PWD/bin:/usr/bin:/bin; cd /; unset XDG_RUNTIME_DIR; $1"
}

as_guest 'virt-sandbox -c lxc:///system id -un'
check 'a user whom polkit does not let in is told so' ended 125 '' 'group libvirt'
usermod -aG libvirt guest
since=$(date '+%Y-%m-%d %H:%M:%S')
as_guest 'virt-sandbox -c lxc:///system id -un'
check 'a member of the group runs containers of lxc:///system, with no XDG_RUNTIME_DIR' ended 0 guest
as_guest 'virt-sandbox -c lxc:///system --keep -n theirs sleep 600 && virt-sandbox --exec theirs id -un && virt-sandbox-shell -c lxc:///system stop theirs'
check '… and keeps them' ended 0 guest
try journalctl -u libvirtd --since "$since" -o cat
check '… and libvirtd logs no refusal' test -z "$(printf '%s\n' "$out" | grep -i 'authentication required')"
as_guest "cd $PWD && scripts/setup.sh packages"
check 'the set-up finds nothing missing, though PATH lacks sbin' quiet
as_guest 'virt-sandbox-shell doctor'
check 'doctor names no command of root’s' test -z "$(printf '%s\n' "$out" | grep 'apt-get\|systemctl\|usermod')"
