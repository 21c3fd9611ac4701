# AppArmor.
. /srv/in/checks.sh
uuid='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
show='cat /proc/self/attr/current'

run -- $show
check 'without -s a sandbox has a profile of its own' ended 0 "libvirt-$uuid \(enforce\)"
check '… and nothing is said' quiet
run -s dynamic -- $show
check '-s dynamic prints the profile' ended 0 "libvirt-$uuid \(enforce\)"
run -s dynamic,label=x -- $show
check 'a base label is refused' ended 125 '' 'takes no label'
run -s static,label=libvirtd -- $show
check 'a static label, which libvirt cannot give, is refused' ended 125 '' 'runs no container under an AppArmor profile'
run -s static,label=unconfined -- $show
check 'a profile that does not confine is refused' ended 125 '' 'does not confine'
run -s dynamic,model=selinux -- $show
check 'a model that the host lacks is refused' ended 125 '' "no security model 'selinux'"
run -s none -- $show
check '-s none is warned of' ended 0 '.*' 'without a label of its own'
run -m host-bind:/mnt=/srv,relabel=yes -- true
check 'relabel=yes changes nothing here, and that is said' ended 0 '' 'relabel=yes changes nothing'
check 'nothing is left in the state directory' test -z "$(ls /run/virt-sandbox 2>/dev/null)"
check 'no profile of a sandbox is left' test -z "$(ls /etc/apparmor.d/libvirt | grep -E "^libvirt-$uuid")"
