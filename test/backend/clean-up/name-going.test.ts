import test from 'ava';
import {makeMetadata} from '../../../src/backend/domain/metadata.ts';
import {identifyProcess, recordNamespace} from '../../../src/backend/host/process-identity.ts';
import {isNameGoing, type NameSource} from '../../../src/backend/clean-up/leftover-domains.ts';
import {domainStates, type DomainRef} from '../../../src/backend/libvirt/index.ts';
import {element} from '../../../src/backend/xml/element.ts';
import {writeXml} from '../../../src/backend/xml/write-xml.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';
import type {SandboxSpec} from '../../../src/spec/types.ts';

const domain: DomainRef = {name: 'web', uuid: '00112233-4455-6677-8899-aabbccddeeff', id: 3};
const self = identifyProcess('self') ?? {pid: 0, startTime: ''};
const nobody = {pid: self.pid, startTime: '1'};

function xmlOf(owner: typeof self, lifetime: SandboxSpec['lifetime'], namespace = recordNamespace()): string {
	const metadata = makeMetadata({spec: {...defaultSpec, lifetime}, id: '00000000', stateDirectory: '/none', owner, namespace});
	return writeXml(element('domain', {type: 'lxc'}, [metadata]));
}

interface Known {
	readonly state: number;
	readonly xml?: string;
	readonly isStored?: boolean;
}

const goes = test.macro(async (t, {state, xml = '<domain/>', isStored = false}: Known, expected: boolean) => {
	const connection: NameSource = {
		lookupByName: () => Promise.resolve(domain),
		getState: () => Promise.resolve({state, reason: 0}),
		getXmlDesc: () => Promise.resolve(xml),
		listAllDomains: () => Promise.resolve(isStored ? [domain] : []),
	};
	t.is(await isNameGoing(connection, 'web'), expected);
});
const {running, paused, shutdown, shutoff} = domainStates;
test('a running domain of others stays', goes, {state: running}, false);
test('a running sandbox whose owner lives stays', goes, {state: paused, xml: xmlOf(self, 'client')}, false);
test('a running sandbox whose owner has gone goes with it', goes, {state: running, xml: xmlOf(nobody, 'client')}, true);
test('a running sandbox whose owner cannot be seen from here stays', goes, {state: running, xml: xmlOf(nobody, 'client', 'pid:[1]')}, false);
test('a kept sandbox stays without its keeper', goes, {state: running, xml: xmlOf(nobody, 'keep')}, false);
test('a domain that shuts down goes', goes, {state: shutdown}, true);
test('a domain that is shut off goes', goes, {state: shutoff}, true);
test('a domain that is shut off and stored stays', goes, {state: shutoff, isStored: true}, false);
