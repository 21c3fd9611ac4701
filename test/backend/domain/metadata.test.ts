import test from 'ava';
import {makeMetadata, readMetadata, type SandboxMetadata} from '../../../src/backend/domain/metadata.ts';
import {element} from '../../../src/backend/xml/element.ts';
import {readXml} from '../../../src/backend/xml/read-xml.ts';
import {writeXml} from '../../../src/backend/xml/write-xml.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';
import type {SandboxSpec} from '../../../src/spec/types.ts';

const spec: SandboxSpec = {...defaultSpec, name: 'x', command: ['a\u0001\ufffe\u202e\ud800', '<&>\'"', '日\n'], environment: {A: 'secret', B: ''}};
const metadata: SandboxMetadata = {spec, id: 'x-1', stateDirectory: '/run/virt-sandbox/x-1', owner: {pid: 12, startTime: '3456'}, namespace: 'pid:[1]'};
const read = {
	version: 1,
	spec: {...spec, environment: {}},
	environmentNames: ['A', 'B'],
	id: 'x-1',
	stateDirectory: '/run/virt-sandbox/x-1',
	owner: {pid: 12, startTime: '3456'},
	namespace: 'pid:[1]',
};

test('what a domain says of itself is read back, but for the values of the environment', async (t) => {
	const xml = writeXml(element('domain', {}, [makeMetadata(metadata)]));
	t.false(xml.includes('secret'));
	t.deepEqual(readMetadata(await readXml(xml)), read);
});

test('our element is read by its namespace, under any prefix or none, and alone', async (t) => {
	const xml = writeXml(makeMetadata(metadata));
	const domain = (inner: string): string => `<domain>${inner}</domain>`;
	t.deepEqual(readMetadata(await readXml(domain(xml.replaceAll('sandbox:', 'p:').replace('xmlns:sandbox', 'xmlns:p')))), read);
	t.deepEqual(readMetadata(await readXml(domain(xml.replaceAll('sandbox:', '').replace('xmlns:sandbox', 'xmlns')))), read);
	const [ours] = makeMetadata(metadata).children;
	t.deepEqual(typeof ours === 'object' ? readMetadata(ours) : undefined, read);
});

test('a domain of others is none of ours', async (t) => {
	t.is(readMetadata(await readXml('<domain><name>x</name></domain>')), undefined);
	t.is(readMetadata(await readXml("<domain><metadata><sandbox:sandbox xmlns:sandbox='urn:other' version='1' id='x'/></metadata></domain>")), undefined);
	t.is(
		readMetadata(await readXml("<domain><metadata><sandbox:sandbox xmlns:sandbox='https://virt-sandbox.org/schema/1' version='1'/></metadata></domain>")),
		undefined,
	);
});

test('a newer version is known, but its spec is not guessed', async (t) => {
	const xml = writeXml(element('domain', {}, [makeMetadata(metadata)])).replace("version='1'", "version='2'");
	t.deepEqual(readMetadata(await readXml(xml)), {...read, version: 2, spec: undefined, environmentNames: []});
});

test('a spec that was cut is left out', async (t) => {
	const xml = writeXml(element('domain', {}, [makeMetadata(metadata)])).replace(/<sandbox:spec>.{10}/, '<sandbox:spec>');
	t.deepEqual(readMetadata(await readXml(xml)), {...read, spec: undefined, environmentNames: []});
});
