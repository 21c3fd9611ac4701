# WORD PATH SHOWN: whether a word names a program that can be run; else the message and status that a shell has for it, which shows it as SHOWN.

check() {
	case $1 in
	*/*)
		[ -e "$1" ] || { echo "virt-sandbox: $3: not found" >&2; return 127; }
		[ -f "$1" ] && [ -x "$1" ] && return 0
		;;
	'')
		echo "virt-sandbox: '': not found" >&2
		return 127
		;;
	*)
		local IFS=: dir seen=
		for dir in $2; do
			[ -f "${dir:-.}/$1" ] || continue
			seen=1
			[ -x "${dir:-.}/$1" ] && return 0
		done
		[ "$seen" ] || { echo "virt-sandbox: $3: not found" >&2; return 127; }
		;;
	esac
	echo "virt-sandbox: $3: not executable" >&2
	return 126
}
