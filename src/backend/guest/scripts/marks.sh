# SESSION: `find_mark` sets `tty` and `mark` as its command file has them, for a session that was killed; `tty` is empty where it has none.
# TERMINAL: `ease` lets one go on that was stopped, and pass on bytes as they are, the mark's too.

find_mark() {
	local verb
	read -r verb tty _ mark _ <$_vs_d/$1.cmd
	mark=${mark#?}
	mark=${mark%?}
	[ "$verb" = terminal ] || tty=
} 2>@nowhere@

ease() {
	stty -F $1 -ixon -opost
} 2>@nowhere@
