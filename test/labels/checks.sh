# Sourced by the checks. Each `check NAME` looks at what the last `run` left.
vs=/srv/in/bin/virt-sandbox
uri=lxc:///system
status=0 out= err=
work=$(mktemp -d)

# run [OPTION…] -- COMMAND…: out, err and status of a sandbox, 60 s at most.
run() {
	timeout -k 5 60 "$vs" -c "$uri" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	out=$(tr -d '\0' <"$work/out") err=$(cat "$work/err")
}

# check NAME CONDITION…: the condition is a command.
check() {
	name=$1
	shift
	if "$@"; then
		echo "✔ $name"
	else
		echo "✘ $name"
		printf '    status %s\n' "$status"
		printf '%s\n' "$out" | sed 's/^/    out: /'
		printf '%s\n' "$err" | sed 's/^/    err: /'
		dmesg | grep -i 'avc\|DENIED' | tail -n 5 | sed 's/^/    /'
	fi
	dmesg -C
}

# ended STATUS [PATTERN of the output [PATTERN of the messages]]: patterns are extended, and whole lines.
ended() {
	[ "$status" = "$1" ] || return
	[ -z "${2:-}" ] || printf '%s\n' "$out" | grep -Eqx -- "$2" || return
	[ -z "${3:-}" ] || printf '%s\n' "$err" | grep -Eq -- "$3"
}

# quiet: nothing was said on standard error.
quiet() {
	[ -z "$err" ]
}

# start FILE [OPTION…] -- COMMAND…: in the background; waits until FILE has the command's first output.
start() {
	file=$1
	shift
	timeout -k 5 120 "$vs" -c "$uri" -v "$@" >"$file" 2>"$file.err" </dev/null &
	started=$!
	tries=0
	until [ -s "$file" ] || [ "$tries" = 300 ] || ! kill -0 "$started" 2>/dev/null; do
		tries=$((tries + 1))
		sleep 0.1
	done
	[ -s "$file" ]
}

# stop PID: as ^C does, and waits.
stop() {
	kill -TERM "$1" 2>/dev/null
	wait "$1"
}
