# The tests' own bed, and the tests that look at control groups, where those are of version 2 alone.
try scripts/test-bed.sh sh -c 'bin/virt-sandbox -c "$VIRT_SANDBOX_TEST_URI" cat /proc/self/cgroup'
check 'the test bed starts a sandbox, in control groups of its own' ended 0 '0::/machine/lxc-.*'
LIMIT=450 try make test TESTS='test/backend/life/freezer.test.ts test/integration/container-cgroups.test.ts test/integration/process-limit.test.ts'
check 'the tests of control groups pass' ended 0
