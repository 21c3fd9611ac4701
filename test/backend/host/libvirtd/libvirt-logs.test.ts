import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {findTellingLine, hintAtDaemon, hintAtDomain} from '../../../../src/backend/host/libvirtd/libvirt-logs.ts';

const written = `2026-11-28 17:19:06.450+0000: 56: warning : qemuDomainObjTaintMsg:5480 : Domain id=1 name='x' is tainted: high-privileges
2026-11-28 17:19:07.450+0000: 56: error : virCommandWait:2783 : internal error: the first fault
2026-11-28 17:19:07.451+0000: 56: error : virNetSocketReadWire:1782 : cannot open the second fault
2026-11-28 17:19:08.450+0000: shutting down
`;

test('the line of a log that tells is its last fault, without who wrote it, and none that is told already', (t) => {
	t.is(findTellingLine(written, ''), 'cannot open the second fault');
	t.is(findTellingLine(written, 'libvirt: cannot open the second fault'), 'internal error: the first fault');
	t.is(findTellingLine('one\ntwo\n\n', ''), 'two');
	t.is(findTellingLine('', ''), undefined);
	t.is(findTellingLine('2026-11-28 17:19:06.450+0000: starting up\nPATH=/bin TERM=linux /usr/lib/libvirt/libvirt_lxc --name x\n', ''), undefined);
	t.is(findTellingLine('2026-11-28 17:19:06.450+0000: Domain id=5 is tainted: custom-hypervisor-feature\n', ''), undefined);
});

test('no line of an earlier domain of that name tells of this one, whose crash does where nothing else is said', (t) => {
	const earlier = `2026-12-03 12:53:39.100+0000: starting up libvirt version: 11.3.0, qemu version: 10.0.13
LC_ALL=C \\
PATH=/bin \\
-name guest=m1
2026-12-03T12:53:40.106097Z qemu-system-x86_64: terminating on signal 15 from pid 208 (/usr/sbin/libvirtd)
2026-12-03 12:53:40.307+0000: shutting down, reason=shutdown
2026-12-03 12:53:40.383+0000: starting up libvirt version: 11.3.0, qemu version: 10.0.13
2026-12-03 12:53:40.383+0000: Domain id=2 is tainted: high-privileges
`;
	t.is(findTellingLine(earlier, ''), undefined);
	t.is(findTellingLine(`${earlier}2026-12-03 12:53:41.652+0000: shutting down, reason=crashed\n`, ''), 'shutting down, reason=crashed');
	t.is(findTellingLine(`${earlier}cannot open the disk\n2026-12-03 12:53:41.652+0000: shutting down, reason=failed\n`, ''), 'cannot open the disk');
});

test('a hint names only a log that is there: of the domain, else of its daemon', (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'logs-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const uri = `lxc:///system?socket=${directory}/sock/libvirt-sock`;
	t.not(hintAtDomain(uri, 'named-by-no-other-test'), `Look at ${directory}/libvirtd.log`);
	writeFileSync(join(directory, 'libvirtd.log'), written);
	t.is(hintAtDaemon(uri), `The last fault in ${directory}/libvirtd.log: cannot open the second fault`);
	t.is(hintAtDomain(uri, 'named-by-no-other-test'), `The last fault in ${directory}/libvirtd.log: cannot open the second fault`);
	mkdirSync(join(directory, 'log/lxc'), {recursive: true});
	writeFileSync(join(directory, 'log/lxc/named-by-no-other-test.log'), '');
	t.is(hintAtDomain(uri, 'named-by-no-other-test'), `Look at ${directory}/log/lxc/named-by-no-other-test.log`);
});
