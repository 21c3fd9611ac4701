import {execFileSync} from 'node:child_process';
import test from 'ava';
import {appletLines} from '../../../src/backend/guest/init-functions.ts';
import {leaseScriptOf} from '../../../src/backend/guest/network-script.ts';

/** What a lease's script calls, with an `ip` that says what it is called with and what `shown` holds. */
function calls(event: string, lease: Readonly<Record<string, string>>, shown = ''): string[] {
	const script = leaseScriptOf('echo tells $dns').replace(appletLines, `ip() { [ "$1 $3" = "-4 show" ] && echo "${shown}" || echo "ip $*"; }`);
	return execFileSync('sh', ['-s', event], {input: script, encoding: 'utf8', env: {PATH: process.env['PATH'], interface: 'eth0', ...lease}})
		.trimEnd()
		.split('\n');
}

const lease = {ip: '10.0.0.5', mask: '16', broadcast: '10.0.255.255', router: '10.0.0.1 10.0.0.2', dns: '10.0.0.3'};

test('a lease sets an address that has a label, a route and name servers', (t) => {
	t.deepEqual(calls('bound', lease), [
		'ip addr flush dev eth0 label eth0:lease',
		'ip addr add 10.0.0.5/16 broadcast 10.0.255.255 label eth0:lease dev eth0',
		'ip route add default via 10.0.0.1 dev eth0',
		'tells 10.0.0.3',
	]);
});

test('a server that tells no mask has a network of 24 bits', (t) => {
	t.is(calls('bound', {ip: '10.0.0.5'})[1], 'ip addr add 10.0.0.5/24 label eth0:lease dev eth0');
});

test('a renewed lease leaves the address as it is; another one takes its place, and nothing else’s', (t) => {
	const shown = 'inet 10.0.0.5/16 scope global eth0:lease';
	t.deepEqual(calls('renew', lease, shown), ['ip route add default via 10.0.0.1 dev eth0', 'tells 10.0.0.3']);
	t.is(calls('renew', {...lease, ip: '10.0.0.55'}, shown)[0], 'ip addr flush dev eth0 label eth0:lease');
	t.deepEqual(calls('deconfig', lease), ['ip addr flush dev eth0 label eth0:lease']);
});
