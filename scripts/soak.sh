#!/bin/bash
# Usage: [CONTAINERS=N] [MACHINES=N] [KILLS=N] [MACHINE_KILLS=N] [SHELL_RUNS=N] [AT_ONCE=N] [LOAD=N] [SEED=N] scripts/soak.sh
#
# Runs and kills at random moments, several at a time and beside busy loops, in the test bed: bench/soak. What is left behind fails it too.
set -u
cd "$(dirname "$0")/.." || exit 1
project=$PWD
. scripts/node-path.sh
tsc -p . && scripts/build.sh || exit 1
if [ -n "${SEED:-}" ]; then export VIRT_SANDBOX_TEST_SEED=$SEED; fi
VIRT_SANDBOX_TEST_LIMIT=${VIRT_SANDBOX_TEST_LIMIT:-21600} scripts/test-bed.sh node --import=./scripts/text-files.mjs build/bench/soak/soak.js </dev/null
