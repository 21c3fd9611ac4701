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
