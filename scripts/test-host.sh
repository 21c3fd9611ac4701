#!/bin/bash
# Usage: scripts/test-host.sh [CHECKS…]
#
# Tests this checkout on the host that most users have: boots an emulated Debian guest with systemd, cgroup version 2 alone,
# AppArmor, polkit and libvirtd as the distribution starts it, and runs test/host/checks-*.sh there, all or CHECKS. The guest is
# built from packages once a machine (scripts/host-bed, some minutes) and kept in /var/cache/virt-sandbox-test-host. The last line
# is "N passed, N failed"; the checks that something failed in are tried a second time. Where the guest cannot be built (no root, no packages in
# reach) that is said and the status is 0.
set -u
cd "$(dirname "$0")/.." || exit 1
project=$PWD
cache=${VIRT_SANDBOX_TEST_HOST_CACHE:-/var/cache/virt-sandbox-test-host}
limit=${VIRT_SANDBOX_TEST_HOST_LIMIT:-1900}
# Of one guest.
guest_limit=1300

skip() {
	echo "test-host: skipped, the guest cannot be built: $*"
	echo '0 passed, 0 failed'
	exit 0
}

fail() {
	echo "✘ $*"
	echo '0 passed, 1 failed'
	exit 1
}

# Everything that is started here ends with this script: it runs in a process group of a timeout that dies along. What one that was
# killed hard left goes too.
if [ "${VIRT_SANDBOX_TEST_HOST_WORK:-}" = '' ]; then
	find /tmp -maxdepth 1 -name 'virt-sandbox-host.*' -user "$(id -u)" -mmin +120 -exec rm -rf --one-file-system {} +
	VIRT_SANDBOX_TEST_HOST_WORK=$(mktemp -d /tmp/virt-sandbox-host.XXXXXX) || exit 1
	export VIRT_SANDBOX_TEST_HOST_WORK
	setpriv --pdeathsig TERM timeout -k 10 "$limit" bash "$0" "$@" </dev/null
	status=$?
	rm -rf "$VIRT_SANDBOX_TEST_HOST_WORK"
	case $status in 124 | 137) fail "the tests of the host end within $limit s" ;; esac
	exit "$status"
fi
work=$VIRT_SANDBOX_TEST_HOST_WORK

[ "$(id -u)" = 0 ] || skip 'that needs root'
[ "$(uname -m)" = x86_64 ] || skip 'only for x86_64'

. scripts/bed-packages.sh
need_packages test-host "$work/apt"

# The guest, by what it is made of; those that nobody used for a day go. Its key opens no other machine, and what is in it runs with root's rights.
mkdir -m 700 "$cache" 2>/dev/null
[ -d "$cache" ] && [ ! -L "$cache" ] && [ "$(stat -c '%u %a' "$cache")" = '0 700' ] || fail "$cache is a directory of root alone (0700)"
key=$({ cat scripts/host-bed/build.sh; . /etc/os-release && echo "$VERSION_CODENAME"; } | sha256sum | cut -c1-16)
exec 9>"$cache/lock"
flock -w 900 9 || fail 'another build of the guest ends in 15 minutes'
if ! [ -e "$cache/$key/root.img" ]; then
	echo 'test-host: building the guest'
	# In a mount namespace of its own: what is mounted below it goes with it, killed or not.
	find "$cache" -mindepth 1 -maxdepth 1 -type d \( -mmin +1440 -o -name new \) -exec rm -rf --one-file-system {} +
	if ! timeout -k 10 900 nice -n 5 unshare --mount --propagation slave scripts/host-bed/build.sh "$cache/new" </dev/null >"$work/build" 2>&1; then
		tail -n 10 "$work/build"
		rm -rf --one-file-system "$cache/new"
		skip 'see above'
	fi
	mv "$cache/new" "$cache/$key"
fi
touch "$cache/$key"
flock -u 9
exec 9>&-

# What the guest gets: this checkout as it is, built.
scripts/build.sh || fail build
mkdir "$work/in"
echo 'exec bash project/test/host/guest.sh $(cat checks)' >"$work/in/run.sh"
tar --exclude=./.git --exclude=./build --exclude=./coverage --transform 'flags=rSH;s,^\.,in/project,' -cf "$work/project" .

# check_in_guest CHECKS…: all without a word. Sets `last`, its output, and `again`, the checks that something failed in.
check_in_guest() {
	local status
	last=$(mktemp "$work/last.XXXXXX")
	echo "$*" >"$work/in/checks"
	cp --reflink=auto "$work/project" "$work/tar"
	tar -C "$work" -rf "$work/tar" in
	setpriv --pdeathsig TERM timeout -k 5 "$guest_limit" setpriv --pdeathsig KILL scripts/host-bed/bed.sh run "$cache/$key" "$work/tar" </dev/null 2>&1 |
		sed -u 's/\r//g' | tee "$last" | grep -a --line-buffered '^✔ \|^✘ \|^    \|^guest: ' | sed -u 's/^\(✔\|✘\) /  \1 /'
	status=${PIPESTATUS[0]}
	mapfile -t again < <(awk '/^guest: / {name = $2} /^✘ / && !told[name]++ {print name}' "$last")
	if ! grep -aq '^guest: all checks done' "$last"; then
		echo "  ✘ the guest runs all checks (status $status); its last words:"
		tail -n 25 "$last" | tr -cd '\11\12\40-\176' | cut -c1-200 | sed 's/^/    /'
		echo '✘ the guest runs all checks' >>"$last"
		again=("$@")
		return 1
	fi
	[ "${#again[@]}" = 0 ]
}

# passed_in FILE [CHECKS…]: how many passed, but for those in CHECKS.
passed_in() {
	local file=$1
	shift
	awk -v but=" $* " '/^guest: / {counts = !index(but, " " $2 " ")} /^✔ / && counts {number++} END {print number + 0}' "$file"
}

passed=0
if check_in_guest "$@"; then
	passed=$(passed_in "$last")
else
	# An emulated guest on a busy machine may be late for libvirt's own deadlines. Nothing that the guest did not come to counts.
	echo "test-host: once more: ${again[*]:-all}"
	sed -n 's/^✘ /failed at first: /p' "$last"
	if grep -aq '^guest: all checks done' "$last"; then passed=$(passed_in "$last" "${again[@]}"); fi
	check_in_guest "${again[@]}"
	passed=$((passed + $(passed_in "$last")))
fi
failed=$(grep -ac '^✘ ' "$last")
sed -n 's/^✘ /failed: /p' "$last"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
