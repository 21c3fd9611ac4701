import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {makeMetadata} from '../../../src/backend/domain/metadata.ts';
import {recordNamespace} from '../../../src/backend/host/process-identity.ts';
import {removeLeftoverDomains} from '../../../src/backend/clean-up/leftover-domains.ts';
import {element} from '../../../src/backend/xml/element.ts';
import {writeXml} from '../../../src/backend/xml/write-xml.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';

const cause = {kind: 'backend', text: 'test'} as const;

test('what is lost is ended, and nobody looks for a state directory elsewhere than where those are', async (t) => {
	const base = mkdtempSync(join(tmpdir(), 'ownerless-'));
	t.teardown(() => rmSync(base, {recursive: true}));
	mkdirSync(join(base, '00000002'));
	const here = recordNamespace();
	const domains = new Map<string, string>(
		[
			[join(base, '00000001'), here],
			[join(base, '00000002'), here],
			['/nonexistent/00000003', here],
			[join(base, '../nonexistent/00000004'), here],
			[join(base, 'nonexistent'), here],
			[join(base, '00000006'), 'pid:[1]'],
		].map(([stateDirectory = '', namespace = ''], index) => {
			const id = `0000000${index + 1}`;
			const metadata = makeMetadata({spec: {...defaultSpec, lifetime: 'client'}, id, stateDirectory, owner: {pid: 1, startTime: '1'}, namespace});
			return [`domain-${index + 1}`, writeXml(element('domain', {type: 'lxc'}, [metadata], cause))] as const;
		}),
	);
	const connection = {
		listAllDomains: () => Promise.resolve([...domains.keys()].map((name) => ({name, uuid: name, id: 1}))),
		getXmlDesc: ({name}: {readonly name: string}) => Promise.resolve(domains.get(name) ?? ''),
		destroy: () => Promise.resolve(),
	};
	// Whoever says so of the others may lead anywhere, also to where one waits for ever; the last one's owner cannot be seen from here.
	t.deepEqual(await removeLeftoverDomains(connection, base), [{id: '00000001', name: 'domain-1', result: 'removed'}]);
});
