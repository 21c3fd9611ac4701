import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testWithLibvirtd} from '../helpers/libvirtd.ts';
import {runAlone} from '../helpers/run-alone.ts';

testWithLibvirtd('on the libvirtd of our own a sandbox starts where the host has its control groups twice, and sees none of them', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'second-cgroups-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const script = `
		mkdir '/srv/control groups 2' && mount -t cgroup2 none '/srv/control groups 2' || exit 8
		seen='grep -c "cgroup.* - cgroup" /proc/self/mountinfo'
		sandbox -- sh -c "$seen"
		sandbox --idmap 100000:65536 -- sh -c "$seen"
		umount '/srv/control groups 2' && rmdir '/srv/control groups 2'`;
	t.teardown(() => rmSync('/srv/control groups 2', {recursive: true, force: true}));
	const {status, stdout, stderr} = runAlone(script, {directory});
	t.deepEqual({status, stdout, stderr}, {status: 0, stdout: '0\n0\n', stderr: ''});
});
