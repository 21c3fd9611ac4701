# The libvirtd of our own serves all of root's sandboxes: what the job that happens to begin it may use is no measure for those of others. It
# has the limits and the control groups of process 1, and else what a libvirtd has that systemd starts. What sets something runs only where
# that differs; util-linux has it.

umask 022
# Name, soft and hard limit, in columns.
[ -r /proc/1/limits ] && while read -r own && read -r first <&3; do
	[ "$own" != "$first" ] || continue
	case $first in
	'Max cpu time '*) limit=cpu ;;
	'Max file size '*) limit=fsize ;;
	'Max data size '*) limit=data ;;
	'Max stack size '*) limit=stack ;;
	'Max core file size '*) limit=core ;;
	'Max resident set '*) limit=rss ;;
	'Max processes '*) limit=nproc ;;
	'Max locked memory '*) limit=memlock ;;
	'Max address space '*) limit=as ;;
	'Max file locks '*) limit=locks ;;
	'Max pending signals '*) limit=sigpending ;;
	'Max msgqueue size '*) limit=msgqueue ;;
	'Max nice priority '*) limit=nice ;;
	'Max realtime priority '*) limit=rtprio ;;
	'Max realtime timeout '*) limit=rttime ;;
	*) continue ;;
	esac
	set -- ${first#??????????????????????????}
	prlimit --pid $$ --$limit="$1:$2" 2>/dev/null || :
done </proc/$$/limits 3</proc/1/limits || :
# A core of a QEMU or a controller would land in the host's root; who collects cores by a pipe gets it all the same. A command has its caller's limit.
ulimit -Sc 0 2>/dev/null || :
# Process 1 may have any number.
files=$(ulimit -Hn)
[ "$files" = unlimited ] || [ "$files" -ge 8192 ] || prlimit --pid $$ --nofile=8192:8192 2>/dev/null || :
read -r own </proc/$$/stat
set -- ${own##*) }
[ "${17}" = 0 ] || renice 0 -p $$ >/dev/null 2>&1 || :
[ "${39}" = 0 ] || chrt -o -p 0 $$ >/dev/null 2>&1 || :
own=$(sed -n 's/^Cpus_allowed_list:.//p' /proc/$$/status)
first=$(sed -n 's/^Cpus_allowed_list:.//p' /proc/1/status 2>/dev/null) || first=$own
[ "$own" = "$first" ] || taskset -cp "$first" $$ >/dev/null 2>&1 || :
{ echo 0 >/proc/$$/oom_score_adj; } 2>/dev/null || :
# Where systemd runs it has given this a scope of its own. A job's groups may be frozen, killed or full.
[ -d /run/systemd/system ] || while read -r first; do
	if grep -qxF "$first" /proc/$$/cgroup; then continue; fi
	group=${first#*:} kinds=${first#*:}
	group=${group#*:} kinds=${kinds%%:*}
	# Outside of this namespace of groups nothing can be named.
	case $group in /..*) continue ;; esac
	while read -r _ at type options _; do
		case "$type $kinds" in
		'cgroup2 ') ;;
		'cgroup '?*) case ,$options, in *,"$kinds",*) ;; *) continue ;; esac ;;
		*) continue ;;
		esac
		[ ! -e "$at${group%/}/cgroup.procs" ] || { echo $$ >"$at${group%/}/cgroup.procs"; } 2>/dev/null || :
		break
	done </proc/mounts
done </proc/1/cgroup || :
