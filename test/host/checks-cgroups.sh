# The tests' own bed, and the tests that look at control groups, where those are of version 2 alone.
try scripts/test-bed.sh sh -c 'bin/virt-sandbox -c "$VIRT_SANDBOX_TEST_URI" cat /proc/self/cgroup'
check 'the test bed starts a sandbox, in control groups of its own' ended 0 '0::/machine/lxc-.*'

# The compiler takes minutes on an emulated processor; Node runs these as they are. A fork bomb's own patience is too short there.
rm -rf build && mkdir build && cp -r src test build/
echo "import usual from './ava.config.js';
export default {...usual, files: ['build/test/**/*.test.ts'], extensions: ['ts'], timeout: '300s', concurrency: 1};" >typescript.config.js
LIMIT=400 try scripts/test-bed.sh scripts/with-node.sh ava --config typescript.config.js --match='*control group*' --match='without a word the limit is*' \
	--match='no process of the command is begun outside*' build/test/backend/container/cgroups/freezer.test.ts build/test/integration/{container-cgroups,process-limit}.test.ts
check 'the tests of control groups pass there' ended 0 ' *14 tests passed'

# Ids of its own: libvirt gives the control groups of a container to its root.
try scripts/test-bed.sh sh -c 'bin/virt-sandbox -q -c "$VIRT_SANDBOX_TEST_URI" -p --idmap 100000:65536 -n mapped --keep -- sleep 100 >&2 &&
	find /sys/fs/cgroup -path "*mapped*" -name memory.max -printf "limit of %u\n" && find /sys/fs/cgroup -path "*mapped*" ! -user root; bin/virt-sandbox-shell -c "$VIRT_SANDBOX_TEST_URI" destroy mapped >&2'
check 'the control groups of a container with ids of its own belong to the root of the host' [ "$(printf '%s\n' "$out" | sort -u)" = 'limit of root' ]

try unshare --cgroup virt-sandbox -q -p --idmap 100000:65536 true
check '… and where they cannot be given back, none starts' ended 125 '' 'would own its control group'
try systemd-run -q --wait --pipe -p PrivatePIDs=yes "$PWD/bin/virt-sandbox" -q -p --idmap 100000:65536 true
check '… nor where its processes cannot be seen' ended 125 '' 'would own its control group'

# libvirt takes the place where the host has its control groups last, and mounts them there in a container; a link leads that into /sys.
mkdir -p /opt/groups /srv/led/bin /srv/led/etc /srv/led/proc /srv/led/sys /srv/led/dev /srv/led/run /srv/led/tmp
cp "$(command -v busybox)" /srv/led/bin/sh
echo root:x:0:0:root:/:/bin/sh >/srv/led/etc/passwd
ln -s . /srv/led/opt
ln -s sys/kernel/debug /srv/led/groups
with_second() {
	try scripts/test-bed.sh sh -c 'mount -t cgroup2 none /opt/groups && exec bin/virt-sandbox -q -c "$VIRT_SANDBOX_TEST_URI" -p "$@"' with-second "$@"
}
with_second --idmap 100000:65536 true
check 'no container is shown a second mount of the control groups' ended 125 '' 'control groups at /opt/groups of the sandbox'
with_second --root /srv/led --cwd / -- /bin/sh -c true
check 'no link of a root leads one into /sys' ended 125 '' 'control groups at /sys/kernel/debug of the sandbox'
with_second true
check 'where libvirt cannot mount it, that is said' ended 125 '' 'where it would mount the host'
rm -rf /opt/groups /srv/led
