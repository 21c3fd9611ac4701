# The tests' own bed, and the tests that look at control groups, where those are of version 2 alone.
try scripts/test-bed.sh sh -c 'bin/virt-sandbox -c "$VIRT_SANDBOX_TEST_URI" cat /proc/self/cgroup'
check 'the test bed starts a sandbox, in control groups of its own' ended 0 '0::/machine/lxc-.*'

# The compiler takes minutes on an emulated processor; Node runs these as they are. A fork bomb's own patience is too short there.
rm -rf build && mkdir build && cp -r src test build/
echo "export default {files: ['build/test/**/*.test.ts'], extensions: ['ts'], timeout: '300s', workerThreads: false, concurrency: 1};" >ava.config.js
LIMIT=400 try scripts/test-bed.sh scripts/with-node.sh ava --match='*control group*' --match='without a word the limit is*' \
	--match='no process of the command is begun outside*' build/test/backend/container/cgroups/freezer.test.ts build/test/integration/{container-cgroups,process-limit}.test.ts
check 'the tests of control groups pass there' ended 0 ' *14 tests passed'
