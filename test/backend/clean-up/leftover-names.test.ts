import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {makeMetadata} from '../../../src/backend/domain/metadata.ts';
import {identifyProcess, recordNamespace, type ProcessIdentity} from '../../../src/backend/host/process-identity.ts';
import {freeLeftoverNames} from '../../../src/backend/clean-up/leftover-domains.ts';
import {element} from '../../../src/backend/xml/element.ts';
import {writeXml} from '../../../src/backend/xml/write-xml.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';

const cause = {kind: 'backend', text: 'test'} as const;
const dead = {pid: 1, startTime: '1'};

function describe(id: string, owner: ProcessIdentity, stateDirectory: string, namespace = recordNamespace()): string {
	return writeXml(element('domain', {type: 'lxc'}, [makeMetadata({spec: defaultSpec, id, stateDirectory, owner, namespace})], cause));
}

test('only what is ours, has no owner and no state is taken off libvirtd’s list', async (t) => {
	const base = mkdtempSync(join(tmpdir(), 'ghosts-'));
	t.teardown(() => rmSync(base, {recursive: true}));
	mkdirSync(join(base, '00000003'));
	const domains = new Map([
		['ghost', describe('00000001', dead, join(base, '00000001'))],
		['starting', describe('00000002', identifyProcess('self') ?? dead, join(base, '00000002'))],
		['left', describe('00000003', dead, join(base, '00000003'))],
		['foreign', writeXml(element('domain', {type: 'lxc'}, [], cause))],
		['other', describe('00000004', dead, join(base, '00000004'))],
		// Whoever says so may lead anywhere: nobody looks there.
		['elsewhere', describe('00000005', dead, '/nonexistent/00000005')],
		// Whose owner cannot be seen from here.
		['unseen', describe('00000006', dead, join(base, '00000006'), 'pid:[1]')],
	]);
	const destroyed: string[] = [];
	const connection = {
		listAllDomains: () => Promise.resolve([...domains.keys()].map((name) => ({name, uuid: name, id: -1}))),
		getXmlDesc: ({name}: {readonly name: string}) => Promise.resolve(domains.get(name) ?? ''),
		destroy({name}: {readonly name: string}) {
			destroyed.push(name);
			return Promise.reject(new Error('domain is not running'));
		},
	};
	t.deepEqual(await freeLeftoverNames(connection, base, 'ghost'), [{id: '00000001', name: 'ghost'}]);
	t.deepEqual(destroyed.splice(0), ['ghost']);
	t.deepEqual(
		(await freeLeftoverNames(connection, base)).map(({name}) => name),
		['ghost', 'other'],
	);
	t.deepEqual(destroyed, ['ghost', 'other']);
});
