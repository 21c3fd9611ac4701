# Root's machines, each with a profile of AppArmor's that libvirt writes. A machine takes half a minute in an emulated guest.
profiles() {
	grep -c '^libvirt-' /sys/kernel/security/apparmor/profiles || :
}
before=$(profiles)
LIMIT=400 try virt-sandbox -q --timeout 350 -c qemu:///system -p -- sh -c 'id -u; touch /usr/made 2>/dev/null || echo refused'
check 'root has a machine beside AppArmor' ended 0 '0'
check 'the machine is confined by its own profile, which goes with it' [ "$(profiles)" = "$before" ]
