import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {chooseUri, type LibvirtPlaces} from '../../../../src/backend/host/libvirtd/default-uri.ts';

const embedded = {uri: 'lxc:///system?socket=/embedded', started: true};
const startEmbedded = async () => embedded;
const neverEmbedded = async () => {
	throw new Error('The embedded libvirtd must not be started here');
};

async function makeHost(t: ExecutionContext, drivers: readonly string[], sockets: readonly string[]): Promise<LibvirtPlaces> {
	const root = await mkdtemp(join(tmpdir(), 'host-'));
	const places = {run: join(root, 'run'), etc: join(root, 'etc'), drivers: [join(root, '*', 'drivers')]};
	await mkdir(places.run);
	await mkdir(places.etc);
	await mkdir(join(root, 'lib', 'drivers'), {recursive: true});
	await Promise.all(drivers.map((driver) => writeFile(join(root, 'lib', 'drivers', `libvirt_driver_${driver}.so`), '')));
	const servers = sockets.map((socket) => createServer((client) => client.destroy()).listen(join(places.run, socket)));
	t.teardown(async () => {
		await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
		await rm(root, {recursive: true});
	});
	await Promise.all(servers.map((server) => server.listening || new Promise((resolve) => server.once('listening', resolve))));
	return places;
}

test('LIBVIRT_DEFAULT_URI goes before all else', async (t) => {
	const places = await makeHost(t, ['lxc'], ['libvirt-sock']);
	await writeFile(join(places.etc, 'libvirt.conf'), 'uri_default = "test:///default"\n');
	t.deepEqual(await chooseUri({LIBVIRT_DEFAULT_URI: 'qemu:///system'}, 0, {places, startEmbedded: neverEmbedded}), {
		uri: 'qemu:///system',
		from: 'environment',
		started: false,
	});
});

test('an empty LIBVIRT_DEFAULT_URI counts as none', async (t) => {
	const places = await makeHost(t, ['lxc'], ['libvirt-sock']);
	t.is((await chooseUri({LIBVIRT_DEFAULT_URI: ''}, 0, {places, startEmbedded: neverEmbedded})).from, 'host');
});

test('uri_default of libvirt.conf goes before the daemons that are there', async (t) => {
	const places = await makeHost(t, ['lxc'], ['libvirt-sock']);
	await writeFile(join(places.etc, 'libvirt.conf'), '# uri_default = "no:///"\n  uri_default = "test:///default" # ours\n');
	t.deepEqual(await chooseUri({}, 0, {places, startEmbedded: neverEmbedded}), {uri: 'test:///default', from: 'configuration', started: false});
});

test('a name without a colon is one of uri_aliases', async (t) => {
	const places = await makeHost(t, [], []);
	const aliases = 'uri_aliases = [ # a ] in a comment\n  "far=qemu+ssh://root@[::1]/system",\n  \'near=lxc:///system\'\n]\n';
	await writeFile(join(places.etc, 'libvirt.conf'), `uri_default = "near"\n${aliases}`);
	const options = {places, startEmbedded: neverEmbedded};
	t.is((await chooseUri({LIBVIRT_DEFAULT_URI: 'far'}, 0, options)).uri, 'qemu+ssh://root@[::1]/system');
	t.is((await chooseUri({}, 0, options)).uri, 'lxc:///system');
	const error = await t.throwsAsync(chooseUri({LIBVIRT_DEFAULT_URI: 'nera'}, 0, options), {name: 'ShellError'});
	t.like(error, {message: `'nera' is not a libvirt URI, nor one of the uri_aliases of ${places.etc}/libvirt.conf`, hint: "Did you mean 'near'?"});
});

test('an ordinary user has a libvirt.conf of his own', async (t) => {
	const places = await makeHost(t, [], []);
	await mkdir(join(places.etc, 'libvirt'));
	await writeFile(join(places.etc, 'libvirt', 'libvirt.conf'), "uri_default='qemu+ssh://far/system'\n");
	const options = {places, startEmbedded: neverEmbedded};
	t.is((await chooseUri({XDG_CONFIG_HOME: places.etc}, 1000, options)).uri, 'qemu+ssh://far/system');
});

const chosen = test.macro({
	title: (_provided, uid: number, drivers: readonly string[], sockets: readonly string[], uri: string) =>
		`user ${uid} with the drivers [${drivers.join(' ')}] and the sockets [${sockets.join(' ')}] gets ${uri}`,
	async exec(t, uid: number, drivers: readonly string[], sockets: readonly string[], uri: string) {
		const places = await makeHost(t, drivers, sockets);
		t.is((await chooseUri({HOME: places.etc}, uid, {places, startEmbedded, hasDriver: () => Promise.resolve(true)})).uri, uri);
	},
});

test(chosen, 0, ['lxc', 'qemu'], ['libvirt-sock'], 'lxc:///system');
test(chosen, 0, ['qemu'], ['libvirt-sock'], 'qemu:///system');
test(chosen, 0, ['lxc', 'qemu'], ['virtqemud-sock'], 'qemu:///system');
test(chosen, 0, ['lxc', 'qemu'], ['virtqemud-sock', 'virtlxcd-sock'], 'lxc:///system');
test(chosen, 0, [], ['libvirt-sock'], embedded.uri);
test(chosen, 0, ['lxc', 'qemu'], [], embedded.uri);
test(chosen, 1000, ['lxc', 'qemu'], ['libvirt-sock'], 'qemu:///session');
test(chosen, 1000, [], [], 'qemu:///session');

const loaded =
	(...drivers: readonly string[]) =>
	(uri: string) =>
		Promise.resolve(drivers.some((driver) => uri === `${driver}:///system`));

test('a driver that a running libvirtd has not loaded is served by a libvirtd of our own, and told', async (t) => {
	const places = await makeHost(t, ['lxc', 'qemu'], ['libvirt-sock']);
	const options = {places, startEmbedded, hasDriver: loaded('qemu')};
	t.deepEqual(await chooseUri({}, 0, options), {...embedded, from: 'embedded', unloaded: 'lxc'});
	t.deepEqual(await chooseUri({}, 0, {...options, scheme: 'qemu'}), {uri: 'qemu:///system', from: 'host', started: false});
	t.deepEqual(await chooseUri({}, 0, {...options, scheme: 'qemu', hasDriver: loaded('lxc')}), {
		uri: 'qemu:///system?socket=/embedded',
		from: 'embedded',
		started: true,
		unloaded: 'qemu',
	});
});

test('a daemon of one driver alone is not asked whether it has it', async (t) => {
	const places = await makeHost(t, ['lxc'], ['virtlxcd-sock']);
	t.is((await chooseUri({}, 0, {places, startEmbedded: neverEmbedded, hasDriver: loaded()})).uri, 'lxc:///system');
});

test('a socket that nobody listens on is no daemon', async (t) => {
	const places = await makeHost(t, ['lxc'], []);
	await writeFile(join(places.run, 'libvirt-sock'), '');
	t.deepEqual(await chooseUri({}, 0, {places, startEmbedded}), {...embedded, from: 'embedded'});
});

test('a scheme that is asked for goes before what is set as the default', async (t) => {
	const places = await makeHost(t, ['lxc', 'qemu'], ['libvirt-sock']);
	await writeFile(join(places.etc, 'libvirt.conf'), 'uri_default = "lxc+ssh://far/system"\n');
	const choose = async (scheme: string, uid: number, environment = {}): Promise<string> =>
		(await chooseUri(environment, uid, {places, scheme, startEmbedded: neverEmbedded})).uri;
	t.is(await choose('qemu', 0), 'qemu:///system');
	t.is(await choose('lxc', 0), 'lxc+ssh://far/system');
	t.is(await choose('qemu', 0, {LIBVIRT_DEFAULT_URI: 'lxc:///system'}), 'qemu:///system');
	t.is(await choose('qemu', 0, {LIBVIRT_DEFAULT_URI: 'qemu+unix:///session'}), 'qemu+unix:///session');
	t.is(await choose('qemu', 1000), 'qemu:///session');
	t.is(await choose('lxc', 1000), 'lxc:///system');
});

test('the libvirtd of our own is asked for its driver of that scheme', async (t) => {
	const places = await makeHost(t, [], []);
	t.is((await chooseUri({}, 0, {places, scheme: 'qemu', startEmbedded})).uri, 'qemu:///system?socket=/embedded');
	t.is((await chooseUri({}, 0, {places, scheme: 'lxc', startEmbedded})).uri, 'lxc:///system?socket=/embedded');
});
