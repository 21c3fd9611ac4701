# A host that has seen none of this yet: what the set-up installs, and the first sandboxes.
try busybox --help
check 'the host has an ordinary busybox' ended 0
LIMIT=600 try make setup
check 'the set-up installs what is missing' ended 0 '' 'installing.* libvirt-daemon-driver-lxc.* busybox-static'
check '… and says what the libvirtd that runs needs' ended 0 '' 'has not loaded what was installed later \(drivers: lxc\).*: systemctl restart libvirtd'
LIMIT=300 try make run
check 'make run shows a tour, on a libvirtd of our own, without a fault' ended 0 'Hello from Linux, process [0-9]+' 'has not loaded its driver lxc'
try virt-sandbox -c lxc:///system true
check 'the libvirtd of the host is told to lack it' ended 125 '' 'systemctl restart libvirtd'
try virt-sandbox-shell doctor
check 'doctor tells it' test -n "$(printf '%s\n' "$out" | grep 'has not loaded it')"

systemctl restart libvirtd
try make setup
check 'after a restart the set-up finds nothing more to do' ended 0
check '… which it does not speak of' quiet
try virt-sandbox-shell uri
check 'sandboxes are on the libvirtd of the host then' ended 0 lxc:///system
