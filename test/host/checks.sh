# Sourced by the checks of the host. Each `check NAME` looks at what the last `try` left.
status=0 out= err=
work=$(mktemp -d)

# try COMMAND…: its output, messages and status, in 120 s at most.
try() {
	timeout -k 5 "${LIMIT:-120}" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
	out=$(cat "$work/out") err=$(cat "$work/err")
}

# check NAME CONDITION…: the condition is a command.
check() {
	local name=$1
	shift
	if "$@"; then
		echo "✔ $name"
	else
		echo "✘ $name"
		printf '    status %s\n' "$status"
		printf '%s\n' "$out" | tail -n 25 | sed 's/^/    out: /'
		printf '%s\n' "$err" | tail -n 25 | sed 's/^/    err: /'
	fi
}

# ended STATUS [PATTERN of the output [PATTERN of the messages]]: patterns are extended, the first one for whole lines.
ended() {
	[ "$status" = "$1" ] || return
	[ -z "${2:-}" ] || printf '%s\n' "$out" | grep -Eqx -- "$2" || return
	[ -z "${3:-}" ] || printf '%s\n' "$err" | grep -Eq -- "$3"
}

# quiet: nothing was said on standard error.
quiet() {
	[ -z "$err" ]
}

# eventually CONDITION…: within 30 seconds.
eventually() {
	local attempt
	for ((attempt = 0; attempt < 100; attempt++)); do
		if "$@"; then return; fi
		sleep 0.3
	done
	return 1
}
