# How a command's end comes back.
try virt-sandbox sh -c 'echo out; echo err >&2; exit 42'
check 'the status and both streams of the command' ended 42 out '^err$'
try virt-sandbox sh -c 'kill -TERM $$'
check '128 + N when signal N ended it' ended 143
try virt-sandbox --timeout 2 sleep 60
check '124 after --timeout' ended 124
try virt-sandbox -m host-bind:/mnt=/nowhere true
check '125 for a fault of virt-sandbox' ended 125 '' '/nowhere'
try virt-sandbox /etc/passwd
check '126 when it is not executable' ended 126
try virt-sandbox /nowhere/program
check '127 when it is not found' ended 127
try bash -c 'head -c 3000000 /dev/urandom >"$1"; virt-sandbox cat <"$1" | cmp - "$1"' - "$work/bytes"
check 'every byte of a pipe comes back' ended 0
try virt-sandbox cat /proc/self/attr/current
check 'a profile of AppArmor confines it' ended 0 'libvirt-[0-9a-f-]{36} \(enforce\)'
