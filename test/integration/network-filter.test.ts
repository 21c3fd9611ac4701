// Filters of libvirt's on the networks of sandboxes, over every backend.
import {execFileSync} from 'node:child_process';
import {globSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import ava, {type ExecutionContext} from 'ava';
import {parseNetwork} from '../../src/spec/parse/parse-network.ts';
import {runAlone, testEach} from '../helpers/backends.ts';
import {testLibvirtd} from '../helpers/libvirtd.ts';

/** Nothing goes out of a sandbox but from the address that is given as IP. */
const filterXml = (name: string): string => `<filter name='${name}' chain='ipv4' priority='-700'>
  <rule action='return' direction='out' priority='500'><ip srcipaddr='$IP'/></rule>
  <rule action='drop' direction='out' priority='1000'/>
</filter>`;

const hasDriver = globSync('/usr/lib/{,*/}libvirt/connection-driver/libvirt_driver_nwfilter.so').length > 0;
const isPossible = hasDriver || process.env['CI'] === 'true';
const testWithFilters = isPossible ? testEach : (title: string): void => ava.skip(title, () => undefined);

function defineFilter(t: ExecutionContext, name: string, xml = filterXml(name)): void {
	const directory = mkdtempSync(join(tmpdir(), 'network-filter-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const file = join(directory, 'filter.xml');
	writeFileSync(file, xml);
	execFileSync('virsh', ['-q', '-c', testLibvirtd().uri.replace('lxc:', 'nwfilter:'), 'nwfilter-define', file], {timeout: 10_000});
}

testWithFilters('a filter lets through what it is to, by its parameters, and drops the rest', async (t, backend) => {
	const name = `own-address-${backend.name}`;
	defineFilter(t, name);
	const ping = ['/usr/bin/ping', '-q', '-c', '1', '-W', '3', '192.168.122.1'];
	const networkOf = (address: string) => parseNetwork(`address=192.168.122.${backend.name === 'machine' ? 231 : 230}/24,filter=${name},filter.IP=${address}`);
	const own = backend.name === 'machine' ? '192.168.122.231' : '192.168.122.230';
	t.regex((await runAlone(backend, t, ping, {networks: [networkOf(own)]})).stdout, / 1 received/);
	t.regex((await runAlone(backend, t, ping, {networks: [networkOf('192.168.122.99')]})).stdout, / 0 received/);
});

testEach('a filter that libvirt does not have is a fault that names it', async (t, backend) => {
	const networks = [parseNetwork('dhcp,filter=no-such-filter')];
	await t.throwsAsync(runAlone(backend, t, ['true'], {networks}), {
		message: isPossible ? "libvirt has no network filter 'no-such-filter'" : 'This host’s libvirt cannot filter networks',
	});
});

testWithFilters('one that lacks a value is a fault that names it, and leaves nothing behind', async (t, backend) => {
	const [inner, outer] = [`gateway-${backend.name}`, `refers-${backend.name}`];
	defineFilter(t, inner, `<filter name='${inner}' chain='root'><rule action='drop' direction='out'><mac srcmacaddr='$GATEWAY_MAC'/></rule></filter>`);
	defineFilter(t, outer, `<filter name='${outer}' chain='root'><filterref filter='${inner}'/></filter>`);
	const countLinks = (): number => execFileSync('ip', ['-o', 'link'], {encoding: 'utf8'}).split('\n').length;
	const before = countLinks();
	await t.throwsAsync(runAlone(backend, t, ['true'], {networks: [parseNetwork(`dhcp,filter=${outer}`)]}), {
		message: `The network filter '${outer}' needs filter.GATEWAY_MAC`,
	});
	t.is(countLinks(), before);
	await t.notThrowsAsync(
		runAlone(backend, t, ['true'], {networks: [parseNetwork(`address=192.168.122.232/24,filter=${outer},filter.GATEWAY_MAC=52:54:00:01:02:03`)]}),
	);
});
