import test from 'ava';
import {procedures} from '../../../src/backend/libvirt/procedures.ts';
import {writeDomain} from '../../../src/backend/libvirt/wire-types.ts';
import {MalformedData, XdrReader, type XdrWriter} from '../../../src/backend/libvirt/xdr.ts';
import {payload} from '../../helpers/fake-libvirtd.ts';

const web = {name: 'web', uuid: '00112233-4455-6677-8899-aabbccddeeff', id: 3};
const domainHex = '000000037765620000112233445566778899aabbccddeeff00000003';

const reads = test.macro({
	exec(t, read: (reader: XdrReader) => unknown, write: (writer: XdrWriter) => void, result: unknown) {
		const reader = new XdrReader(payload(write));
		t.deepEqual(read(reader), result);
		t.is(reader.remaining, 0);
	},
	title: (title) => `reads ${title}`,
});

const sends = test.macro({
	exec(t, write: (writer: XdrWriter) => void, hex: string) {
		t.is(payload(write).toString('hex'), hex);
	},
	title: (title) => `sends ${title}`,
});

test(
	'the facts of a domain',
	reads,
	procedures.getInfo.read,
	(writer) => {
		writer.unsigned(1);
		writer.hyper(65_536);
		writer.hyper(1024);
		writer.unsigned(2);
		writer.hyper(7_000_000_000);
	},
	{state: 1, maximumMemoryKiB: 65_536, memoryKiB: 1024, vcpus: 2, cpuTimeNs: 7_000_000_000},
);

test(
	'a security label',
	reads,
	procedures.getSecurityLabel.read,
	(writer) => {
		writer.unsigned(6);
		for (const letter of 'a:b:c\0') writer.signed(letter.charCodeAt(0));
		writer.signed(1);
	},
	{label: 'a:b:c', enforcing: true},
);

test(
	'the traffic of an interface, as its guest sees it',
	reads,
	procedures.interfaceStats.read,
	(writer) => [11, 2, 0, 0, 55, 6, 0, -1].forEach((figure) => writer.hyper(figure)),
	{receivedBytes: 11, sentBytes: 55},
);

test(
	'addresses of both families',
	reads,
	procedures.interfaceAddresses.read,
	(writer) => {
		writer.unsigned(1);
		writer.string('vnet0');
		writer.optionalString(undefined);
		writer.array([0, 1], 2, (family) => {
			writer.signed(family);
			writer.string(family === 0 ? '192.0.2.1' : '2001:db8::1');
			writer.unsigned(24);
		});
	},
	[
		{
			name: 'vnet0',
			mac: undefined,
			addresses: [
				{family: 'ipv4', address: '192.0.2.1', prefix: 24},
				{family: 'ipv6', address: '2001:db8::1', prefix: 24},
			],
		},
	],
);

test(
	'figures of every type',
	reads,
	procedures.getAllDomainStats.read,
	(writer) => {
		writer.unsigned(1);
		writeDomain(writer, web);
		writer.unsigned(7);
		const add = (name: string, type: number, write: () => void): void => {
			writer.string(name);
			writer.signed(type);
			write();
		};

		add('int', 1, () => writer.signed(-1));
		add('uint', 2, () => writer.unsigned(4_000_000_000));
		add('llong', 3, () => writer.hyper(-5n));
		add('ullong', 4, () => writer.hyper(5_000_000_000));
		add('double', 5, () => writer.double(0.5));
		add('boolean', 6, () => writer.signed(1));
		add('string', 7, () => writer.string('text'));
	},
	[{domain: web, parameters: {int: -1, uint: 4_000_000_000, llong: -5, ullong: 5_000_000_000, double: 0.5, boolean: true, string: 'text'}}],
);

test('a figure of an unknown type is refused', (t) => {
	const data = payload((writer) => {
		writer.unsigned(1);
		writeDomain(writer, web);
		writer.unsigned(1);
		writer.string('odd');
		writer.signed(8);
		writer.unsigned(0);
	});
	t.throws(() => procedures.getAllDomainStats.read(new XdrReader(data)), {instanceOf: MalformedData, message: /unknown type 8/});
});

test('a domain with flags', sends, (writer) => procedures.getXmlDesc.write(writer, web, 2), `${domainHex}00000002`);
test('a device', sends, (writer) => procedures.attachDeviceFlags.write(writer, web, '<x/>', 1), `${domainHex}000000043c782f3e00000001`);
test('a console by default', sends, (writer) => procedures.openConsole.write(writer, web, undefined, 0), `${domainHex}0000000000000000`);
test('a wish for all events', sends, (writer) => procedures.eventRegisterAny.write(writer, 0, undefined), '0000000000000000');
test("a wish for one domain's events", sends, (writer) => procedures.eventRegisterAny.write(writer, 4, web), `0000000400000001${domainHex}`);
test('a wish for a whole list', sends, (writer) => procedures.listAllDomains.write(writer, 3), '0000000100000003');
test('a wish for figures of one domain', sends, (writer) => procedures.getAllDomainStats.write(writer, [web], 1, 0), `00000001${domainHex}0000000100000000`);
