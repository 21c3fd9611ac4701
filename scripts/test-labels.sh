#!/bin/bash
# Usage: scripts/test-labels.sh [selinux|permissive|apparmor|plain…]
#
# Tests labels under a real SELinux and a real AppArmor, and what needs nbd or cgroup version 2 alone (plain): boots a small
# emulated Debian guest for each, with this program and its Node inside, and runs test/labels/checks-*.sh there. The guest is built from packages once (a minute) and kept in
# /var/cache/virt-sandbox-test-labels. The last line is "N passed, N failed". Where the guest cannot be built (no root, no
# packages in reach) that is said and the status is 0; once it is built, all that fails is a failure. 30 minutes at most.
set -u
cd "$(dirname "$0")/.." || exit 1
project=$PWD
. scripts/node-path.sh
bed=$project/test/labels/bed
cache=${VIRT_SANDBOX_TEST_LABELS_CACHE:-/var/cache/virt-sandbox-test-labels}
models=("$@")
[ "$#" -gt 0 ] || models=(selinux permissive apparmor plain)

skip() {
	echo "test-labels: skipped, the guest cannot be built: $*"
	echo '0 passed, 0 failed'
	exit 0
}

# Everything that is started here ends with this script: it runs in a process group of a timeout that dies along.
if [ "${VIRT_SANDBOX_TEST_LABELS_LIMITED:-}" != yes ]; then
	export VIRT_SANDBOX_TEST_LABELS_LIMITED=yes
	setpriv --pdeathsig TERM timeout -k 10 1800 bash "$0" "$@" </dev/null
	status=$?
	if [ "$status" = 124 ] || [ "$status" = 137 ]; then
		echo '✘ the tests of labels end within 30 minutes'
		echo '0 passed, 1 failed'
		exit 1
	fi
	exit "$status"
fi

[ "$(id -u)" = 0 ] || skip 'that needs root'
[ "$(uname -m)" = x86_64 ] || skip 'only for x86_64'

work=$(mktemp -d /tmp/virt-sandbox-labels.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM INT HUP

. scripts/bed-packages.sh
need_packages test-labels "$work/apt"

# The guest, by what it is made of; one is kept.
key=$({ cat "$bed"/*; . /etc/os-release && echo "$VERSION_CODENAME"; } | sha256sum | cut -c1-16)
mkdir -p "$cache" || exit 1
exec 9>"$cache/lock"
flock -w 300 9 || { echo '✘ another build of the guest ends in 5 minutes'; echo '0 passed, 1 failed'; exit 1; }
if ! [ -e "$cache/$key/root.img" ]; then
	echo 'test-labels: building the guest'
	find "$cache" -mindepth 1 -maxdepth 1 -type d -exec rm -rf --one-file-system {} +
	if ! timeout -k 10 300 nice -n 5 bash "$bed/bed.sh" build "$cache/new" </dev/null >"$work/build" 2>&1; then
		tail -n 10 "$work/build"
		rm -rf --one-file-system "$cache/new"
		skip 'see above'
	fi
	mv "$cache/new" "$cache/$key"
fi
flock -u 9
exec 9>&-

# What the guest gets: the built programs, their Node, the checks.
scripts/build.sh || { echo '✘ build'; echo '0 passed, 1 failed'; exit 1; }
mkdir -p "$work/in/node_modules/$pinned/bin"
cp -r dist bin package.json "$work/in/"
rm -f "$work"/in/dist/*.map
cp "$(command -v node)" "$work/in/node_modules/$pinned/bin/node"
cp test/labels/*.sh "$work/in/"
mv "$work/in/guest.sh" "$work/in/run.sh"

# Sets `good`, `bad` and `last`, the output, of one guest's checks.
check_in_guest() {
	local model=$1 status
	last=$work/$model
	setpriv --pdeathsig TERM timeout -k 5 600 setpriv --pdeathsig KILL bash "$bed/bed.sh" run "$cache/$key" "$work/in" "$model" </dev/null 2>&1 | tr -d '\r' >"$last"
	status=${PIPESTATUS[0]}
	grep -a '^✔ \|^✘ \|^    ' "$last" | sed "s/^\(✔\|✘\) /  \1 $model: /"
	good=$(grep -ac '^✔ ' "$last")
	bad=$(grep -ac '^✘ ' "$last")
	if ! grep -aq '^guest: the checks ended with status 0$' "$last" || [ "$good" = 0 ]; then
		echo "  ✘ $model: the guest runs all checks (status $status); its last words:"
		tail -n 25 "$last" | tr -cd '\11\12\40-\176' | cut -c1-200 | sed 's/^/    /'
		bad=$((bad + 1))
	fi
}

# Checks until all hold, and writes how many did to MODEL.counts, and what did not to MODEL.failed.
check_model() {
	local model=$1 attempt
	echo "test-labels: $model"
	check_in_guest "$model"
	# An emulated guest on a busy machine may be late for libvirt's own deadlines, and lose its races; what fails three times has failed.
	for attempt in 2 3; do
		[ "$bad" != 0 ] || break
		echo "test-labels: $model once more ($attempt)"
		check_in_guest "$model"
	done
	echo "$good $bad" >"$work/$model.new"
	mv "$work/$model.new" "$work/$model.counts"
	if [ "$bad" != 0 ]; then grep -a '^✘ ' "$last" | sed "s/^✘ /$model: /"; fi >"$work/$model.failed"
}

# Two guests at a time: neither keeps two processors busy. VIRT_SANDBOX_TEST_LABELS_AT_ONCE=1 where another one runs beside.
at_once=${VIRT_SANDBOX_TEST_LABELS_AT_ONCE:-2}
if [ "$(nproc)" = 1 ]; then at_once=1; fi
for ((first = 0; first < ${#models[@]}; first += at_once)); do
	for model in "${models[@]:first:at_once}"; do check_model "$model" & done
	wait
done
passed=0 failed=0
for model in "${models[@]}"; do
	if ! [ -e "$work/$model.counts" ]; then
		echo "failed: $model: its checks were ended"
		failed=$((failed + 1))
		continue
	fi
	read -r good bad <"$work/$model.counts"
	passed=$((passed + good))
	failed=$((failed + bad))
	sed 's/^/failed: /' "$work/$model.failed"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
