import test from 'ava';
import {chooseUserNetwork} from '../../../src/backend/machine/user-network.ts';
import {parseNetwork} from '../../../src/spec/parse/parse-network.ts';

const routes = 'Iface\tDestination\tGateway\neth0\t00000000\t0102030A\t0003\n';
const zeros = '0'.repeat(32);
const onLo = `${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo\n`;
const routes6 = `${onLo}${zeros} 00 ${zeros} 00 fd000000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n`;

test('a user network is passt where that has a route to take over, else slirp', (t) => {
	const networks = [parseNetwork('user')];
	t.is(chooseUserNetwork(networks, {hasPasst: true, routes, routes6: ''}), 'passt');
	t.is(chooseUserNetwork(networks, {hasPasst: true, routes: '', routes6}), 'slirp');
	t.is(chooseUserNetwork(networks, {hasPasst: false, routes, routes6}), 'slirp');
});

test('a port of IPv6 is forwarded where the host has a route of IPv6, else refused', (t) => {
	const networks = [parseNetwork('forward=8080,forward=[::1]:8081')];
	t.is(chooseUserNetwork(networks, {hasPasst: true, routes, routes6}), 'passt');
	t.throws(() => chooseUserNetwork(networks, {hasPasst: true, routes, routes6: onLo}), {
		message: 'The port [::1]:8081 cannot be forwarded: this host has no default route of IPv6',
	});
	t.is(chooseUserNetwork([parseNetwork('forward=8080')], {hasPasst: true, routes, routes6: onLo}), 'passt');
});
