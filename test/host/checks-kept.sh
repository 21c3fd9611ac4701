# Sandboxes that stay, while the daemon does not.
profiles() {
	ls /etc/apparmor.d/libvirt | grep -c '^libvirt-' || :
}
before=$(profiles)
try virt-sandbox --keep -n stays -m ram:/scratch=4M -- sh -c 'echo begun; sleep 600'
check 'a sandbox is kept' ended 0 stays
try virt-sandbox --exec stays -- sh -c 'echo note >/scratch/note; cat /scratch/note'
check 'further commands run in it' ended 0 note
systemctl restart libvirtd
try virt-sandbox --exec stays -- cat /scratch/note
check 'it outlives a restart of libvirtd' ended 0 note
kill -9 "$(virt-sandbox-shell info stays | sed -n 's/^Owner pid: *//p')"
try virt-sandbox --exec stays -- cat /scratch/note
check 'a keeper that was killed is replaced' ended 0 note 'a new one keeps it from now on'
try virt-sandbox-shell log stays
check 'its log is there' ended 0 'stdout: begun'
try virt-sandbox-shell stop stays
check 'it is stopped' ended 0
try virt-sandbox-shell list
check '… and gone' ended 0
check '… from the list' test -z "$(printf '%s\n' "$out" | grep stays)"
same_profiles() {
	[ "$(profiles)" = "$before" ]
}
check '… with its profile, whoever kept it last' eventually same_profiles
check 'nothing is left in the state directory' eventually sh -c 'test -z "$(ls /run/virt-sandbox | grep -v "^libvirtd\|^lock")"'
