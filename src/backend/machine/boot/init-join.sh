# How a machine's init finds ports, and joins pipes or a terminal to them.

# Those of a slot, or of a terminal for exec, come when it is first used.
find_port() {
	local tries=0 place name
	set +f
	while [ ! -e $_vs_d/port/$1 ] && [ $tries -lt 1000 ]; do
		for place in /sys/class/virtio-ports/*; do
			name=
			read -r name 2>/proc/1/fd/6/null <$place/name
			case $name in sandbox.*) ln -sf /proc/1/fd/6/${place##*/} $_vs_w/port/${name#sandbox.} ;; esac
		done
		tries=$((tries + 1))
		[ -e $_vs_d/port/$1 ] || usleep 5000
	done
	set -f
}

# SESSION PLACE: a session whose pumps copy between its pipes and ports. Those of a slot may still be open at its last session's end.
join_pipes() {
	local tries=0
	until {
		$_vs_d/pump <$_vs_d/$1.out >&7 3>$_vs_w/$1.out.count 4>&- 5>&- 7>&- 8>&- &
		eval "_vs_out$1=$!"
		_vs_pumps="$_vs_pumps $!"
		$_vs_d/pump <$_vs_d/$1.err >&8 3>$_vs_w/$1.err.count 4>&- 5>&- 7>&- 8>&- &
		eval "_vs_err$1=$!"
		_vs_pumps="$_vs_pumps $!"
		{ exec 7>&- 8>&-; $_vs_d/pump <&5 3>&- 4>&-; echo "closed $1" >&4; } | { exec 5>&- 7>&- 8>&-; session $1; } &
	} 5<$_vs_d/port/$2.in 7>$_vs_d/port/$2.out 8>$_vs_d/port/$2.err; do
		tries=$((tries + 1))
		[ $tries -lt 40 ] || return
		usleep 25000
	done
}

# SESSION PORT: a new pseudo-terminal, whose pumps run as long as the session. A port is opened once, and its last session's pump may be at its end.
# One that is not has a terminal that somebody has taken hold of again: the host has all that was due from it.
join_terminal() {
	local tries=0 key= last
	eval "last=\$_vs_out_$2"
	find_port $2
	{
		$_vs_d/unlock <&7 || return
		while [ "$key" != tty-index: ]; do read -r key _vs_pty || return; done </proc/self/fdinfo/7
		_vs_pty=/dev/pts/$_vs_pty
		until {
			$_vs_d/pump <&8 >&7 3>&- 4>&- &
			eval "_vs_in$1=$!"
			_vs_pumps="$_vs_pumps $!"
			$_vs_d/pump <&7 >&8 3>&- 4>&- &
			eval "_vs_out_$2=$!"
			_vs_pumps="$_vs_pumps $!"
		} 8<>$_vs_d/port/$2; do
			tries=$((tries + 1))
			[ $tries = 20 ] && [ /proc/$last/exe -ef $_vs_d/pump ] && kill -9 $last
			[ $tries -lt 200 ] || return
			usleep 5000
		done
	} 7<>/dev/pts/ptmx 2>/proc/1/fd/6/null
	eval "_vs_pty$1=$_vs_pty _vs_pty_$2=$_vs_pty"
}
