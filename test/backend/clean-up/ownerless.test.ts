import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {makeMetadata} from '../../../src/backend/domain/metadata.ts';
import {removeOwnerless} from '../../../src/backend/clean-up/ownerless.ts';
import {element} from '../../../src/backend/xml/element.ts';
import {writeXml} from '../../../src/backend/xml/write-xml.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';

const cause = {kind: 'backend', text: 'test'} as const;

test('what is lost is ended, and nobody looks for a state directory elsewhere than where those are', async (t) => {
	const base = mkdtempSync(join(tmpdir(), 'ownerless-'));
	t.teardown(() => rmSync(base, {recursive: true}));
	mkdirSync(join(base, '00000002'));
	const domains = new Map<string, string>(
		[join(base, '00000001'), join(base, '00000002'), '/nonexistent/00000003', join(base, '../nonexistent/00000004'), join(base, 'nonexistent')].map(
			(stateDirectory, index) => {
				const id = `0000000${index + 1}`;
				const metadata = makeMetadata({spec: {...defaultSpec, lifetime: 'client'}, id, stateDirectory, owner: {pid: 1, startTime: '1'}});
				return [`domain-${index + 1}`, writeXml(element('domain', {type: 'lxc'}, [metadata], cause))] as const;
			},
		),
	);
	const connection = {
		listAllDomains: () => Promise.resolve([...domains.keys()].map((name) => ({name, uuid: name, id: 1}))),
		getXmlDesc: ({name}: {readonly name: string}) => Promise.resolve(domains.get(name) ?? ''),
		destroy: () => Promise.resolve(),
	};
	// Whoever says so of the others may lead anywhere, also to where one waits for ever.
	t.deepEqual(await removeOwnerless(connection, base), [{id: '00000001', name: 'domain-1', result: 'removed'}]);
});
