# SELinux, permissive: what libvirt starts there proves nothing.
. /srv/in/checks.sh
process='system_u:system_r:container_t:s0'
show='cat /proc/self/attr/current'

run -- $show
check 'a permissive host labels a sandbox too' ended 0 "$process:c[0-9]+,c[0-9]+"
check '… and nothing is said without -s' quiet
run -s dynamic -- $show
check 'with -s it is said that labels are not enforced' ended 0 "$process:c[0-9]+,c[0-9]+" 'SELinux is permissive'
run -s dynamic,label=system_u:system_r:no_such_t:s0 -- $show
check 'an unknown type, which libvirt takes here, is refused' ended 125 '' 'policy has no label'
run -s dynamic,label=system_u:system_r:svirt_lxc_net_t:s0 -- $show
check 'an alias is the type that it stands for' ended 0 "$process:c[0-9]+,c[0-9]+"
run -s static,label=system_u:system_r:httpd_t:s0:c1,c2 -- $show
check 'a type that is not for containers runs here, and is reported' ended 0 'system_u:system_r:httpd_t:s0:c1,c2' "'httpd_t' is not this host's"
run -s dynamic,label=system_u:system_r:spc_t:s0 --accept -- $show
check '--accept takes a type that does not confine' ended 0 'system_u:system_r:spc_t:s0:.*' "'spc_t' does not confine"
run -s none -- $show
check '-s none gives the label of libvirt, and is warned of' ended 0 'system_u:system_r:virtd_lxc_t:s0' 'without a label of its own'
