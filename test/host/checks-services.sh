# Sandboxes that a service began, and that outlive it.
program=$PWD/bin/virt-sandbox

try systemd-run --wait --pipe --quiet --unit=starter "$program" --keep -n from-service -- sleep 600
check 'a service keeps a sandbox and ends' ended 0 from-service
try virt-sandbox --exec from-service -- echo there
check '… which runs on' ended 0 there
try systemctl list-units --plain --no-legend 'virt-sandbox-keeper-*.scope'
check '… with its keeper in a scope' ended 0 'virt-sandbox-keeper-.*running.*'
try systemctl stop 'virt-sandbox-keeper-*.scope'
check 'that scope can be stopped' ended 0
check '… which ends the sandbox' eventually sh -c '! virsh -q -c lxc:///system list --name | grep -q .'

# The libvirtd of our own, begun by a service that is stopped while it and a sandbox run.
systemctl stop libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket libvirtd.service
printf '#!/bin/sh\n%s --keep -n on-ours -- sleep 600\nsleep 600\n' "$program" >"$work/service"
systemd-run --quiet --unit=starter-of-ours sh "$work/service"
check 'a service begins our own libvirtd' eventually sh -c 'bin/virt-sandbox --exec on-ours true 2>/dev/null'
try systemctl stop starter-of-ours
check 'the service is stopped' ended 0
try virt-sandbox --exec on-ours -- echo there
check '… and libvirtd and sandbox run on' ended 0 there
try systemctl list-units --plain --no-legend 'virt-sandbox-libvirtd-*.scope'
check '… in a scope' ended 0 'virt-sandbox-libvirtd-.*running.*'
try virt-sandbox-shell destroy on-ours
check 'it is ended' ended 0
systemctl start libvirtd.socket libvirtd-ro.socket libvirtd-admin.socket

# While something of its driver runs on, this libvirtd does not hang at its end.
try virt-sandbox --keep -n anchor -- sleep 600
timeout 120 virt-sandbox -n foreground -- sh -c 'echo begun; sleep 600; true' >"$work/foreground" 2>"$work/told" </dev/null &
foreground=$!
check 'a sandbox is in the foreground' eventually grep -q begun "$work/foreground"
try timeout 60 systemctl restart libvirtd
check 'libvirtd is restarted beside it' ended 0
wait "$foreground"
status=$? out=$(cat "$work/foreground") err=$(cat "$work/told")
check '… which it is told' ended 125 begun 'libvirtd was stopped or restarted, and ended the sandbox'
try virt-sandbox-shell destroy anchor
check 'the other one is there for longer' ended 0
