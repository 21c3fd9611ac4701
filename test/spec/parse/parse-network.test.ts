import test from 'ava';
import {ipVersion} from '../../../src/spec/ip-address.ts';
import {formatNetwork, parseNetwork} from '../../../src/spec/parse/parse-network.ts';
import type {Network} from '../../../src/spec/types.ts';

const empty: Network = {
	source: undefined,
	user: false,
	dhcp: true,
	isolated: false,
	mac: undefined,
	addresses: [],
	routes: [],
	dns: [],
	forwards: [],
	filter: undefined,
};

const reads = test.macro({
	exec(t, text: string, network: Partial<Network>) {
		const whole = {...empty, ...network};
		t.deepEqual(parseNetwork(text), whole);
		t.deepEqual(parseNetwork(formatNetwork(whole)), whole);
	},
	title: (_, text) => `reads the network ${text}`,
});
test(reads, 'dhcp', {});
test(reads, 'source=default', {source: 'default'});
test(reads, 'dhcp,isolated,source=default', {source: 'default', isolated: true});
test(reads, 'dhcp,source=isolated,mac=52:54:00:AA:bb:01', {source: 'isolated', mac: '52:54:00:aa:bb:01'});
test(reads, 'address=192.168.122.1/24%192.168.122.255', {dhcp: false, addresses: [{address: '192.168.122.1', prefix: 24, broadcast: '192.168.122.255'}]});
test(reads, 'address=fd00::1/64,address=10.0.0.2/8,route=0.0.0.0/0%10.0.0.1,route=::/0%fd00::2,dns=1.1.1.1', {
	dhcp: false,
	addresses: [
		{address: 'fd00::1', prefix: 64, broadcast: undefined},
		{address: '10.0.0.2', prefix: 8, broadcast: undefined},
	],
	routes: [
		{network: '0.0.0.0', prefix: 0, gateway: '10.0.0.1'},
		{network: '::', prefix: 0, gateway: 'fd00::2'},
	],
	dns: ['1.1.1.1'],
});
test(reads, 'dhcp,address=10.0.0.2/8', {addresses: [{address: '10.0.0.2', prefix: 8, broadcast: undefined}]});
test(reads, 'filter=a,filter.constructor=1', {filter: {name: 'a', parameters: {constructor: '1'}}});
test(reads, 'dhcp,filter=clean-traffic,filter.IP=10.0.0.1,filter.MAC=x', {filter: {name: 'clean-traffic', parameters: {IP: '10.0.0.1', MAC: 'x'}}});

test(reads, 'dhcp,forward=8080:80,forward=53/udp,forward=0.0.0.0:443,forward=[::1]:2222:22', {
	user: true,
	forwards: [
		{protocol: 'tcp', address: '127.0.0.1', host: 8080, guest: 80},
		{protocol: 'udp', address: '127.0.0.1', host: 53, guest: 53},
		{protocol: 'tcp', address: '0.0.0.0', host: 443, guest: 443},
		{protocol: 'tcp', address: '::1', host: 2222, guest: 22},
	],
});

test(reads, 'dhcp,user', {user: true});

const refuses = test.macro({
	exec(t, text: string, message: string) {
		t.like(
			t.throws(() => parseNetwork(text)),
			{name: 'ShellError', code: 'usage', message},
		);
	},
	title: (_, text) => `refuses the network ${JSON.stringify(text)}`,
});
test(refuses, '', "The network '' holds an empty word");
test(refuses, 'dhpc', "There is no network word 'dhpc'");
test(refuses, 'dhcp=yes', "The network word 'dhcp=yes' takes no value");
test(refuses, 'user=qemu', "The network word 'user=qemu' takes no value");
test(refuses, 'user,isolated', "The network 'user,isolated' is the machine's own, which no other sandbox is on");
test(refuses, 'user,source=a', "The network 'user,source=a' is the machine's own, but source and filter are for networks of libvirt");
test(refuses, 'source=', "The network word 'source=' has no value");
test(refuses, 'source', "The network word 'source' has no value");
test(refuses, 'source=a,source=b', "The network 'source=a,source=b' gives source twice");
test(refuses, 'source=a/b', "The network name 'a/b' is not usable");
test(refuses, 'mac=52:54:00:00:00', "'52:54:00:00:00' is not a MAC address");
test(refuses, 'mac=53:54:00:00:00:01', "The MAC address '53:54:00:00:00:01' is a multicast address");
test(refuses, 'mac=00:00:00:00:00:00', "The MAC address '00:00:00:00:00:00' is all zero");
test(refuses, 'address=10.0.0.1', "The address '10.0.0.1' has no prefix");
test(refuses, 'address=10.0.0.1/33', "The prefix '33' of the address is not a number from 0 to 32");
test(refuses, 'address=10.0.0/8', "The address '10.0.0' is not an IP address");
test(refuses, 'address=fd00::1/64%10.0.0.1', "The address 'fd00::1' is IPv6, which has no broadcast");
test(refuses, 'route=10.0.0.0/8', "The route '10.0.0.0/8' has no gateway");
test(refuses, 'route=10.0.0.0/8%fd00::1', "The gateway 'fd00::1' is not of the same kind as '10.0.0.0'");
test(refuses, 'forward=80:', "The port forward '80:' cannot be read");
test(refuses, 'forward=one:80', "The port forward 'one:80' cannot be read");
test(refuses, 'forward=1.2.3:80:80', "The port forward '1.2.3:80:80' cannot be read");
test(refuses, 'forward=[127.0.0.1]:80', "The port forward '[127.0.0.1]:80' cannot be read");
test(refuses, 'forward=80/sctp', "The port forward '80/sctp' cannot be read");
test(refuses, 'forward=0:80', "'0' is not a port");
test(refuses, 'forward=80:65536', "'65536' is not a port");
test(refuses, 'source=default,forward=80', "The network 'source=default,forward=80' forwards ports, which a network of libvirt cannot do");
test(refuses, 'dns=one.one', "The name server 'one.one' is not an IP address");
test(refuses, 'filter.IP=1', "The network 'filter.IP=1' has filter parameters but no filter");
test(refuses, 'filter=a b', "The filter name 'a b' is not usable");
test(refuses, "filter=a,filter.x'=1", "The filter parameter 'filter.x'=1' is not usable");

test('tells addresses from other text', (t) => {
	for (const good of ['0.0.0.0', '255.255.255.255']) {
		t.is(ipVersion(good), 4, good);
	}
	for (const good of ['::', '::1', '1::', 'fe80::1:2', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', '1:2:3:4:5:6:1.2.3.4']) {
		t.is(ipVersion(good), 6, good);
	}
	for (const bad of [
		'',
		'1.2.3',
		'01.2.3.4',
		'256.0.0.1',
		'1.2.3.4.5',
		':',
		':::',
		'1::2::3',
		'1:2:3:4:5:6:7',
		'1:2:3:4:5:6:7:8:9',
		'12345::',
		'fe80::1%eth0',
		'::1.2.3',
		'1.2.3.4::',
		'g::',
		'1:2:3:4:5:6:7::8:9',
	]) {
		t.is(ipVersion(bad), 0, bad);
	}
});
