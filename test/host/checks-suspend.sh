# libvirt suspends no container where control groups are of version 2 alone; we do.
try virt-sandbox --keep -n still -- sh -c 'while :; do date +%s; sleep 1; done'
check 'a sandbox runs' ended 0 still
timeout 120 virt-sandbox-shell 'events still --count 2' >"$work/events" 2>&1 </dev/null &
events=$!
try virt-sandbox-shell 'suspend still; list'
check 'it is suspended' ended 0 '.* still +paused .*'
check '… by its control group' grep -qx 'frozen 1' /sys/fs/cgroup/machine.slice/machine-lxc*still.scope/libvirt/cgroup.events
try virt-sandbox-shell info still
check '… and info tells' ended 0 'State: +paused'
try virt-sandbox --exec still true
check '… and takes no further command' ended 125 '' 'is suspended'
try virt-sandbox-shell 'resume still; list'
check 'it is resumed' ended 0 '.* still +running .*'
try virt-sandbox --exec still echo on
check '… and takes commands' ended 0 on
# Whoever was late to listen hears the next ones.
for attempt in 1 2 3 4 5; do
	kill -0 "$events" 2>/dev/null || break
	try virt-sandbox-shell 'suspend still; resume still'
done
wait "$events"
check 'events tell of both' test "$(grep -Ec 'still +(suspended|resumed)' "$work/events")" = 2
try virt-sandbox-shell 'suspend still'
systemctl freeze "$(systemctl list-units --plain --no-legend 'machine-lxc*still.scope' | cut -d' ' -f1)"
try virt-sandbox-shell 'resume still'
check 'what systemd has frozen is told apart' ended 1 '' 'something above its control group is frozen'
systemctl thaw "$(systemctl list-units --plain --no-legend 'machine-lxc*still.scope' | cut -d' ' -f1)"
try virt-sandbox-shell 'suspend still; stop still; list'
check 'a suspended one is stopped' ended 0
check '… and leaves no control group' eventually sh -c '! ls -d /sys/fs/cgroup/machine.slice/machine-lxc*still* 2>/dev/null | grep -q .'
