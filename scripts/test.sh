#!/bin/bash
# Usage: scripts/test.sh [TEST FILE…]
#
# Without files: type check, lint, format check, build and every test. With files (test/…/x.test.ts): only those, and no lint.
# COVERAGE=1: what the tests reach as well, to coverage/, which takes each of thousands of processes its time.
# The last line is "N passed, N failed"; a failed check counts as one failure.
# A few files with failed tests are run once more, one test at a time: what passes then is named before that line. STRICT=1: it has
# failed all the same.
set -u
cd "$(dirname "$0")/.." || exit 1
project=$PWD
. scripts/node-path.sh

failures=()
# Failed tests, already counted, to be named at the end; and those that failed at first and passed alone.
named=()
unsteady=()
# Why the last run of a test failed, by the end of its title.
declare -A reasons
log=$(mktemp -d /tmp/virt-sandbox-log.XXXXXX) || exit 1
trap 'rm -rf "$log"' EXIT

# check NAME SECONDS COMMAND…: quiet unless it fails.
check() {
	local name=$1 seconds=$2 status
	shift 2
	timeout -k 5 "$seconds" "$@" </dev/null >"$log/check" 2>&1
	status=$?
	if [ "$status" = 0 ]; then
		echo "✔ $name"
		return 0
	fi
	echo "✘ $name (status $status)"
	cat "$log/check"
	failures+=("$name")
	return "$status"
}

# run_tests COMMAND…: AVA in the test bed; its report is shown and counted.
run_tests() {
	local status again
	scripts/test-bed.sh "$@" </dev/null 2>&1 | tee "$log/tests"
	status=${PIPESTATUS[0]}
	passed=$(grep -c '^  ✔ ' "$log/tests")
	count_failures
	mapfile -t again < <(failed_files)
	case $status in
		0) ;;
		# AVA has run all, and some failed.
		1)
			if [ "${#again[@]}" -gt 0 ] && [ "${#again[@]}" -le 6 ]; then
				run_again "${again[@]}"
			elif [ "$failed" = 0 ]; then
				failures+=('the test run (status 1)')
			fi
			;;
		99) failures+=('nothing may be left behind') ;;
		*) failures+=("the test run (status $status)") ;;
	esac
}

# run_again FILE…: real daemons and guests on a busy machine now and then keep a test waiting beyond its deadline. A few files
# that failed are run once more, one test at a time; what fails then has failed, what passes is named, and has failed as well where that
# is asked for.
run_again() {
	local status first=$failed before=("${named[@]}")
	echo "once more, one test at a time: $*"
	VIRT_SANDBOX_TEST_LIMIT=600 scripts/test-bed.sh ava --serial --concurrency 1 "$@" </dev/null 2>&1 | tee "$log/tests"
	status=${PIPESTATUS[0]}
	count_failures
	mapfile -t unsteady < <(printf '%s\n' "${before[@]}" | title_ends | while IFS= read -r title; do
		printf '%s\n' "${named[@]}" | title_ends | grep -qxF -- "$title" || printf '%s\n' "$title"
	done)
	if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failures+=("the second run (status $status)"); fi
	local steady=$((first - failed))
	if [ "$steady" -lt 0 ]; then steady=0; fi
	if [ "${STRICT:-}" = 1 ]; then failed=$((failed + steady)); else passed=$((passed + steady)); fi
}

# Without the names of their files, which AVA leaves out where there is one file alone. Empty lines are none.
title_ends() {
	sed 's/^.* › //; /^$/d'
}

# Those of the last run alone.
count_failures() {
	local title reason
	while IFS=$'\t' read -r title reason; do reasons[${title##* › }]=$reason; done < <(awk -f scripts/test-reasons.awk "$log/tests")
	mapfile -t named < <(sed -n 's/^ *✘ \[fail\]: //p' "$log/tests" | sort -u)
	failed=$(count '\(tests\? failed\|tests\? remained pending.*\|uncaught exceptions\?\|unhandled rejections\?\)')
}

# The test files of which AVA's report tells a failure, one a line. It names most by their titles: "integration › kill › …".
failed_files() {
	{
		grep -o '\(pending\|xception\|ejection\) in build/test/[^ ]*\.js' "$log/tests" | sed 's/.* //'
		sed -n 's/^.*✘ \(build\/test\/[^ ]*\.js\) exited.*/\1/p' "$log/tests"
		sed -n 's/^ *✘ \[fail\]: //p' "$log/tests" | while IFS= read -r title; do
			path=build/test
			while [[ $title == *' › '* ]] && ! [ -e "$path.test.js" ]; do
				path=$path/${title%% › *}
				title=${title#* › }
			done
			if [ -e "$path.test.js" ]; then echo "$path.test.js"; fi
		done
	} | sort -u
}

# The sum of the numbers in AVA's closing lines that end with these words.
count() {
	sed -n "s/^ *\\([0-9]\\+\\) $1\$/\\1/p" "$log/tests" | awk '{sum += $1} END {print sum + 0}'
}

passed=0
failed=0
if [ "$#" -gt 0 ]; then
	check 'types' 120 tsc -p .
	failures=()
	check 'build' 120 scripts/build.sh
	files=()
	for file in "$@"; do
		file=${file#"$project"/}
		files+=("build/${file%.ts}.js")
	done
	VIRT_SANDBOX_TEST_LIMIT=${VIRT_SANDBOX_TEST_LIMIT:-300} run_tests ava "${files[@]}"
else
	rm -rf build
	check 'types' 120 tsc -p .
	check 'lint' 60 oxlint --quiet
	check 'format' 60 oxfmt --check
	check 'build' 120 scripts/build.sh --force
	covering=()
	if [ "${COVERAGE:-}" = 1 ]; then covering=(c8 --temp-directory "$log/coverage" --reports-dir coverage); fi
	# On a quiet machine it takes some twenty minutes; whoever is strict has other load beside it.
	limit=3000
	if [ "${STRICT:-}" = 1 ]; then limit=5400; fi
	VIRT_SANDBOX_TEST_LIMIT=${VIRT_SANDBOX_TEST_LIMIT:-$limit} run_tests "${covering[@]}" ava
fi

# tell WORDS TITLE: with the reason where AVA gave one.
tell() {
	local end
	end=$(printf '%s\n' "$2" | title_ends | sed 's/ \(Rejected promise returned by test\|Test timeout exceeded\)$//')
	echo "$1: $2"
	if [ -n "$end" ] && [ -n "${reasons[$end]:-}" ]; then echo "  ${reasons[$end]}"; fi
}

for failure in "${named[@]}" "${failures[@]}"; do tell failed "$failure"; done
for title in "${unsteady[@]}"; do tell 'failed at first and passed alone' "$title"; done
failed=$((failed + ${#failures[@]}))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
