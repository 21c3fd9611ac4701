import {existsSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {errorCodes, LibvirtError} from '../../../src/backend/libvirt/errors.ts';
import {removeLeftover} from '../../../src/backend/life/leftovers.ts';

test('a domain that could not be destroyed because it just goes is gone', async (t) => {
	const base = mkdtempSync(join(tmpdir(), 'leftover-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const path = join(base, '0000abcd');
	mkdirSync(path);
	const uuid = '00000000-0000-0000-0000-000000000000';
	const fails = (code: number): Promise<never> => Promise.reject(new LibvirtError({code, domain: 0, level: 2, text: 'it failed', procedure: 'TEST'}));
	let looks = 0;
	const connection = {
		lookupByUuid: () => (++looks > 2 ? fails(errorCodes.noDomain) : Promise.resolve({name: 'going', uuid, id: 1})),
		destroy: () => fails(errorCodes.internal),
	};
	const owner = {pid: 1, startTime: '0'};
	const record = {owner, namespace: '', uri: 'lxc:///system', name: undefined, uuid, lifetime: 'client' as const, tty: false, temporary: []};
	t.true(await removeLeftover({id: '0000abcd', path, record}, connection));
	t.false(existsSync(path));
});
