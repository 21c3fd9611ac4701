# What libvirt shows of the kernel's security file system: a link of AppArmor's there leads out of the sandbox, to what root could change.
policy=/sys/kernel/security/apparmor/policy
try sh -c "find -L $policy -maxdepth 1 -name .load | grep ."
check 'this host has the policy of AppArmor' ended 0
try virt-sandbox -p -- sh -c "ls -A /sys/kernel/security; chmod 0666 $policy/.load"
check 'root in a sandbox sees nothing of it' ended 1 '' 'No such file'
check '… and no other file system in its place' test -z "$out"
try virt-sandbox -p -- sh -c 'find -L /sys/kernel -type f -exec chmod -v u+r {} + 2>/dev/null | grep -E "retained as|changed from"'
check '… and changes the mode of nothing of the kernel' test -z "$out"
try stat -Lc %a "$policy/.load"
check 'the policy is as the kernel has it' ended 0 640
try virt-sandbox -p -- sh -c 'for file in /proc/[!0-9]*; do [ -L "$file" ] || chmod u+r "$file" && echo "$file"; done 2>/dev/null | grep -v "/\(self\|thread-self\|net\|mounts\)$"'
check 'nor is a mode of the kernel in /proc changed, which would be that of the host' test -z "$out"

# The program that the kernel begins for a module: nothing but the log of what it was asked for.
usual=$(cat /proc/sys/kernel/modprobe)
printf '#!/bin/sh\necho "$*" >>/run/asked-for\n' >/usr/local/sbin/log-asked
chmod 755 /usr/local/sbin/log-asked
echo /usr/local/sbin/log-asked >/proc/sys/kernel/modprobe
ask='use Socket; for my $family (AF_INET, AF_INET6) { for my $type (0 .. 6, 10) { socket(my $s, $family, $type, $_) for 0 .. 263 } }'
perl -e "$ask"
check 'the kernel asks for modules by sockets of the host' grep -q net-pf-2-proto-17-type-1 /run/asked-for
rm -f /run/asked-for
try virt-sandbox -S nobody -- perl -e "$ask; print qq(asked\n)"
check 'sockets of a sandbox are refused where the host would ask' ended 0 asked
check 'it asks for none by those of a sandbox' test ! -e /run/asked-for
echo "$usual" >/proc/sys/kernel/modprobe
