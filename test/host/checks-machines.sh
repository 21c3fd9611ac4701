# Root's machines, each with a profile of AppArmor's that libvirt writes. A machine takes half a minute in an emulated guest.
profiles() {
	grep -c '^libvirt-' /sys/kernel/security/apparmor/profiles || :
}
# The first time libvirtd asks QEMU what it can, which takes longer here than the program waits for an answer.
timeout 300 virsh -q -c qemu:///system capabilities >/dev/null
before=$(profiles)
for attempt in {1..380}; do
	cat "/proc/$(pgrep -n qemu-system)/attr/current" 2>/dev/null | grep '^libvirt-.*enforce' >"$work/confined" && break
	sleep 1
done &
# KVM, which the guest's emulated processor has, boots one in seconds; yet the first may not have spoken by the time at which one is given
# up. Emulation within emulation takes minutes, and is the last thing to try.
for accel in kvm kvm kvm auto; do
	LIMIT=400 try virt-sandbox -q --timeout 350 -c qemu:///system --accel $accel -p -- sh -c 'id -u; touch /usr/made'
	[ "$status" = 125 ] || break
	printf "    by %s: %s\n" "$accel" "${err%%$'\n'*}"
done
check 'root has a machine beside AppArmor, on the host’s read-only root' ended 1 0 'Read-only'
kill "$!" 2>/dev/null
check 'its QEMU is confined by a profile of its own' test -s "$work/confined"
gone() {
	[ "$(profiles)" = "$before" ]
}
check 'which goes with it' eventually gone
