import test from 'ava';
import {checkDaemons} from '../../../../src/live/doctor/check-daemons.ts';
import {checkHost} from '../../../../src/live/doctor/check-host.ts';
import {broken, forOrdinaryUser, missing, ok, type DiagnoseOptions} from '../../../../src/live/doctor/finding.ts';
import type {Finding} from '../../../../src/commands/sandboxes.ts';

test("a cure that only root can use is told to root alone, and one's own cures stay", (t) => {
	const rootsCure = 'Only root can fix this: `virt-sandbox-shell doctor`, run as root, says how';
	for (const mend of ['apt-get install passt', 'dnf install passt', 'systemctl restart libvirtd', 'chmod a+r /boot/vmlinuz-1', 'usermod -aG kvm USER']) {
		t.is(forOrdinaryUser(missing('tools', 'passt', 'not installed', mend)).mend, rootsCure);
	}
	const own = broken('leftovers', 'state', 'a sandbox left something', 'virt-sandbox-shell clean');
	t.is(forOrdinaryUser(own), own);
	t.is(forOrdinaryUser(ok('tools', 'passt', '/usr/bin/passt')).mend, null);
});

test('an ordinary user is not told of what only root’s sandboxes take', async (t) => {
	const caller = {uid: 1000, environment: {XDG_RUNTIME_DIR: '/run/user/1000'}};
	const options = {caller, signal: new AbortController().signal} as unknown as DiagnoseOptions;
	const findings: Finding[] = [];
	for (const check of [checkDaemons, checkHost]) for await (const finding of check(options)) findings.push(finding);
	const told = findings.map(({area, subject}) => `${area} ${subject}`);
	t.false(told.includes('idmap subuid'));
	t.false(told.includes('driver lxc'));
	t.deepEqual(
		findings.filter(({area, state}) => area === 'daemon' && state === 'broken'),
		[],
	);
});
