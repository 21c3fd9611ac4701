# SELinux, enforcing.
. /srv/in/checks.sh
pair='c[0-9]+,c[0-9]+'
process='system_u:system_r:container_t:s0'
show='cat /proc/self/attr/current'

run -- $show
check 'without -s a sandbox has a label with a pair of its own, and nothing is said' ended 0 "$process:$pair"
check '… and nothing is said' quiet
first=$out
run -s dynamic -- $show
check '-s dynamic prints the label with its pair' ended 0 "$process:$pair"
check 'another sandbox has another pair' test "$out" != "$first"
run -s static,label=$process:c5,c2 -- $show
check 'a static label with a pair is the one that was given' ended 0 "$process:c2,c5"
check '… and nothing is said' quiet
run -s static,label=$process -- $show
check 'a static label without a pair is warned of' ended 0 "$process" 'has no pair of categories'
run -s static,label=system_u:system_r:no_such_t:s0:c1,c2 -- $show
check 'a type that the policy lacks is refused' ended 125 '' "policy has no label 'system_u:system_r:no_such_t"
run -s dynamic,label=system_u:system_r:no_such_t:s0 -- $show
check '… as a base label too' ended 125 '' "policy has no label 'system_u:system_r:no_such_t"
run -s static,label=system_u:system_r:httpd_t:s0:c1,c2 -- $show
check 'a type that is not for containers does not run' ended 125 '' "type 'httpd_t' is not this host's"
run -s dynamic,label=system_u:system_r:spc_t:s0 -- $show
check 'a type that does not confine is refused' ended 125 '' "'spc_t' does not confine"
run -s inherit -- $show
check "inherit: an administrator's own label is refused without --accept" ended 125 '' "'unconfined_t' does not confine"
run -s dynamic,model=apparmor -- $show
check 'a model that the host lacks is refused' ended 125 '' "no security model 'apparmor'"

run -s dynamic --dry-run -- true
check 'a dry run shows the type and the base label' ended 0 " *<baselabel>$process</baselabel>"

head -c 1000000 /dev/urandom >"$work/bytes"
timeout 60 "$vs" -c "$uri" -- sh -c 'cat; exit 42' <"$work/bytes" >"$work/back" 2>"$work/err"
status=$?
check 'under a label, bytes and status come back as they were' ended 42
check '… byte for byte' cmp "$work/bytes" "$work/back"
run -S nobody -- id -un
check 'under a label, the command runs as another user' ended 0 nobody
out=$(script -qec "$vs -c $uri -- sh -c 'tty; $show'" /dev/null </dev/null | tr -d '\0\r')
status=$?
check 'on a terminal the command has the label too' ended 0 "$process:$pair"
run -- sh -c 'echo x >/tmp/f && echo y >/dev/shm/f && cat /tmp/f'
check 'the rams can be written' ended 0 x

# Files of the host.
share=/srv/share
mkdir -p $share/deep $share/mounted /srv/other
echo inside >$share/deep/file
echo outside >/srv/other/file
ln -s ../other/file $share/link
ln -s deep/file $share/inner
mount --bind /srv/other $share/mounted
labels() {
	# The links' own labels too.
	find $share /srv/other -exec getfattr -h -n security.selinux --only-values --absolute-names {} ';' | tr '\0' '\n' | tr -s '\n' >"$1"
}
labels "$work/before"
run -m host-bind:/mnt=$share -- cat /mnt/deep/file
check 'a directory of the host is not for sandboxes' ended 1 '' 'Permission denied'
run -m host-bind:/mnt=$share,relabel=yes -- sh -c 'cat /mnt/deep/file; echo new >/mnt/new; cat /mnt/new; cat /proc/self/attr/current'
check 'relabel=yes: it can be read and written' ended 0 'inside|new|.*container_t.*'
check '… the file that was made is there' test "$(cat $share/new)" = new
rm $share/new
labels "$work/after"
check '… and all labels are as they were' cmp "$work/before" "$work/after"
run -m host-bind:/mnt=$share,relabel=yes -- cat /mnt/inner
check 'relabel=yes: a link within it can be followed' ended 0 inside
run -m host-bind:/mnt=$share,relabel=yes --dry-run -- true
check 'a dry run lists what would be relabelled' ended 0 '' "relabel $share/deep/file: .*:object_r:var_t:s0 -> system_u:object_r:container_file_t:s0:$pair"
labels "$work/after"
check '… and changes nothing' cmp "$work/before" "$work/after"

start "$work/one" -s static,label=$process:c11,c12 -m host-bind:/mnt=$share,relabel=yes -- sh -c 'echo ready; sleep 60'
one=$started
status=0 out=$(cat "$work/one") err=$(cat "$work/one.err")
check 'a sandbox with relabel=yes runs' ended 0 ready
out=$(getfattr -h -n security.selinux --only-values --absolute-names $share/deep/file | tr -d '\0')
status=0
check 'during the run the files have the pair of the sandbox' ended 0 'system_u:object_r:container_file_t:s0:c11,c12'
out=$(getfattr -h -n security.selinux --only-values --absolute-names $share/mounted/file /srv/other/file $share/link | tr '\0' '\n' | tr -s '\n' | sort -u)
check '… a link that leads out and what is mounted below do not' ended 0 '.*:object_r:var_t:s0'
run -m host-bind:/mnt=$share -- cat /mnt/deep/file
check '… another sandbox cannot read them' ended 1 '' 'Permission denied'
run -m host-bind:/mnt=$share,relabel=yes -- true
check '… nor relabel them' ended 125 '' 'is relabelled for another sandbox'
run -s static,label=$process:c11,c12 -- $show
check 'a pair that is in use is warned of' ended 0 "$process:c11,c12" 'is in use by'
children=$(cat /proc/$one/task/$one/children)
kill -KILL $children $one 2>/dev/null
wait $one 2>/dev/null
labels "$work/killed"
check 'after kill -9 of the client they still have it' test "$(grep -c c11,c12 "$work/killed")" -ge 3
clean="$vs --clean"
"$vs" --help | grep -q -- --clean || clean='/srv/in/bin/virt-sandbox-shell clean'
status=125
tries=0
until [ "$status" = 0 ] || [ "$tries" = 20 ]; do
	tries=$((tries + 1))
	timeout 60 $clean >"$work/out" 2>"$work/err"
	status=$?
done
err=$(cat "$work/err")
labels "$work/after"
check '… and virt-sandbox --clean puts all back' cmp "$work/before" "$work/after"
umount $share/mounted

run -s none -- true
check '-s none is warned of' ended "$status" '' 'without a label of its own'
check 'nothing is left in the state directory' test -z "$(ls /run/virt-sandbox 2>/dev/null)"
check 'no journal is left' test -z "$(ls /var/lib/virt-sandbox/journal 2>/dev/null)"
