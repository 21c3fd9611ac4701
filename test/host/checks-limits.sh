# Limits, as the kernel has them: cgroup version 2 alone, below the slice that systemd gives to machined.
group='/sys/fs/cgroup/machine.slice/machine-lxc*limited.scope'

try virt-sandbox --keep -n limited --memory 100M --cpu-shares 300 --cpu-quota 50 --pids 200 -- sleep 600
check 'a sandbox with limits starts' ended 0 limited
try sh -c "grep -r . --include=memory.max --include=cpu.weight --include=cpu.max --include=pids.max $group"
check 'the memory has its limit' ended 0 '.*/memory.max:104857600'
check 'shares of the processor are a weight' ended 0 '.*/cpu.weight:300'
check 'its quota is one' ended 0 '.*/cpu.max:50000 100000'
check 'processes have theirs' ended 0 '.*/pids.max:200'
try virt-sandbox --exec limited -- grep ' /dev/pts ' /proc/self/mountinfo
check 'terminals have theirs' ended 0 '.*max=256.*'
try virt-sandbox --exec limited -- grep MemTotal /proc/meminfo
check 'the guest sees its memory' ended 0 'MemTotal: *102400 kB'
try virt-sandbox-shell stop limited
check 'it is stopped' ended 0
check '… and leaves no control group' eventually sh -c "! ls -d $group 2>/dev/null | grep -q ."
try virt-sandbox --memory 32M -- sh -c 'head -c 100000000 /dev/zero | tail >/dev/null'
check 'a command that takes more memory is killed' ended 137
try virt-sandbox --keep -n swapping --memory 100M -- sleep 600
try sh -c 'cat /sys/fs/cgroup/machine.slice/machine-lxc*swapping.scope/memory.swap.max /sys/fs/cgroup/machine.slice/machine-lxc*swapping.scope/libvirt/memory.swap.max 2>/dev/null | grep -v max'
check 'there is as much swap as memory where nobody says otherwise' ended 0 104857600
try virt-sandbox-shell stop swapping
