import {once} from 'node:events';
import type {ExecutionContext} from 'ava';
import {
	ConnectionLost,
	createFlags,
	domainStates,
	LibvirtError,
	lifecycleEvents,
	openConnection,
	type Connection,
	type LibvirtStream,
	type LifecycleEvent,
	type OpenOptions,
} from '../../src/backend/libvirt/index.ts';
import {startOwnLibvirtd, testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';

const busybox = '/usr/bin/busybox';
/** No terminal must echo input back while a connection closes: libvirtd 11.3 can lock up then. */
const quiet = 'stty raw -echo';

interface Bed {
	readonly connection: Connection;
	readonly uri: string;
	/** A name that no other test has. */
	readonly name: string;
}

let count = 0;

async function open(t: ExecutionContext, driver: 'lxc' | 'test' = 'lxc', options: OpenOptions = {}): Promise<Bed> {
	t.timeout(60_000);
	const {socket} = testLibvirtd();
	const uri = driver === 'lxc' ? `lxc:///system?socket=${socket}` : `test:///default?socket=${socket}`;
	const connection = await openConnection(uri, {timeoutMs: 10_000, ...options});
	t.teardown(() => connection.close());
	return {connection, uri, name: `client-${process.pid}-${++count}`};
}

/** A script that waits for ever; its container still ends as soon as libvirtd wants, where an init that ignores TERM takes 1.8 s. */
const waitForEver = 'trap "exit 0" TERM; sleep 1000 & wait';

function containerXml(name: string, script: string): string {
	const escaped = script.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
	return `<domain type='lxc'><name>${name}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
		<os><type>exe</type><init>${busybox}</init><initarg>sh</initarg><initarg>-c</initarg><initarg>${escaped}</initarg></os>
		<devices><filesystem type='mount'><source dir='/'/><target dir='/'/><readonly/></filesystem><console type='pty'/></devices></domain>`;
}

/** Reads until the text is there. */
async function readUntil(console: LibvirtStream, text: string): Promise<string> {
	let seen = '';
	while (!seen.includes(text)) {
		const chunk: unknown = console.read();
		if (chunk !== null) {
			seen += String(chunk);
		} else if (console.readableEnded || console.destroyed) {
			throw new Error(`The console ended after '${seen}'`);
		} else {
			await Promise.race([once(console, 'readable'), once(console, 'end'), once(console, 'close')]);
		}
	}

	return seen;
}

/** Waits for an event of one domain, past or to come. */
async function watch(
	connection: Connection,
	name: string,
): Promise<{readonly seen: LifecycleEvent[]; readonly until: (event: number) => Promise<LifecycleEvent>}> {
	const seen: LifecycleEvent[] = [];
	const wakers = new Set<() => void>();
	await connection.onLifecycle((event) => {
		if (event.domain.name === name) {
			seen.push(event);
			for (const wake of wakers) {
				wake();
			}
		}
	});
	return {
		seen,
		until: async (wanted) => {
			for (;;) {
				const found = seen.find(({event}) => event === wanted);
				if (found !== undefined) {
					return found;
				}

				const {promise, resolve} = Promise.withResolvers<void>();
				wakers.add(resolve);
				await promise;
				wakers.delete(resolve);
			}
		},
	};
}

test('the daemon tells who it is', async (t) => {
	const {connection} = await open(t);
	t.is(await connection.getType(), 'LXC');
	t.true((await connection.getLibVersion()) >= 9_000_000);
	t.not(await connection.getHostname(), '');
	t.regex(await connection.getCapabilities(), /^<capabilities>[^]*<os_type>exe<\/os_type>/);
});

test('the test driver lists, looks up and stops its domain', async (t) => {
	const {connection} = await open(t, 'test');
	const [domain, ...others] = await connection.listAllDomains();
	t.deepEqual(others, []);
	t.like(domain, {name: 'test', id: 1});
	if (domain === undefined) {
		return;
	}

	t.deepEqual(await connection.lookupByName('test'), domain);
	t.deepEqual(await connection.lookupByUuid(domain.uuid), domain);
	t.like(await connection.getInfo(domain), {state: domainStates.running, maximumMemoryKiB: 8_388_608, memoryKiB: 2_097_152, vcpus: 2});
	t.regex(await connection.getXmlDesc(domain), /<name>test<\/name>/);
	t.deepEqual(await connection.getSecurityLabel(domain), {label: 'libvirt-test', enforcing: true});
	await connection.suspend(domain);
	t.like(await connection.getState(domain), {state: domainStates.paused});
	await connection.resume(domain);
	const [stats] = await connection.getAllDomainStats(0, [domain]);
	t.like(stats, {domain, parameters: {'state.state': 1}});
	t.deepEqual(
		(await connection.listAllNetworks()).map(({name}) => name),
		['default'],
	);
	t.regex(await connection.networkGetXmlDesc(await connection.networkLookupByName('default')), /<name>default<\/name>/);
	t.like((await connection.interfaceAddresses(domain, 0))[0], {addresses: [{family: 'ipv4', prefix: 24}]});
	await connection.destroy(domain);
	t.like(await connection.getState(domain), {state: domainStates.shutoff});
});

test('what libvirt refuses comes with its number, its words and the call', async (t) => {
	const {connection} = await open(t);
	t.like(await t.throwsAsync(connection.lookupByName('no-such-domain'), {instanceOf: LibvirtError}), {
		code: 42,
		level: 2,
		procedure: 'DOMAIN_LOOKUP_BY_NAME',
		text: "Domain not found: No domain with matching name 'no-such-domain'",
	});
	t.like(await t.throwsAsync(connection.createXml('<domain'), {instanceOf: LibvirtError}), {code: 35});
});

test('a read-only connection may look but not touch', async (t) => {
	const {socket} = testLibvirtd();
	const connection = await openConnection(`test:///default?socket=${socket}-ro`, {readonly: true, timeoutMs: 10_000});
	t.teardown(() => connection.close());
	const domain = await connection.lookupByName('test');
	t.like(await t.throwsAsync(connection.destroy(domain), {instanceOf: LibvirtError}), {code: 29});
});

test('a URI with no such driver is refused by the daemon', async (t) => {
	const {socket} = testLibvirtd();
	await t.throwsAsync(openConnection(`vbox:///session?socket=${socket}`, {timeoutMs: 10_000}), {instanceOf: LibvirtError});
});

test('text beyond ASCII and a large document pass both ways', async (t) => {
	const {connection, name} = await open(t, 'test');
	const title = 'ä€😀'.repeat(1000);
	const description = 'x'.repeat(1_000_000);
	const domain = await connection.createXml(
		`<domain type='test'><name>${name}</name><title>${title}</title><description>${description}</description><memory>65536</memory><os><type>hvm</type></os></domain>`,
	);
	const xml = await connection.getXmlDesc(domain);
	t.true(xml.includes(title) && xml.includes(description));
	await connection.destroy(domain);
});

test('many calls at once are answered each', async (t) => {
	const {connection} = await open(t, 'test');
	const domains = await Promise.all(Array.from({length: 500}, () => connection.lookupByName('test')));
	t.deepEqual(new Set(domains.map(({name}) => name)), new Set(['test']));
});

test('a container starts, is listed, tells its events and ends', async (t) => {
	const {connection, name} = await open(t);
	const events = await watch(connection, name);
	const domain = await connection.createXml(containerXml(name, waitForEver), createFlags.autodestroy | createFlags.validate);
	t.is(domain.name, name);
	t.true((await connection.listAllDomains(1)).some(({uuid}) => uuid === domain.uuid));
	t.like(await connection.getState(domain), {state: domainStates.running});
	await events.until(lifecycleEvents.started);
	await connection.destroy(domain);
	const stopped = await events.until(lifecycleEvents.stopped);
	t.is(stopped.domain.uuid, domain.uuid);
	t.like(await t.throwsAsync(connection.getState(domain), {instanceOf: LibvirtError}), {code: 42});
});

test('a container with autodestroy ends with its connection', async (t) => {
	const {connection, uri, name} = await open(t);
	const events = await watch(connection, name);
	const owner = await openConnection(uri, {timeoutMs: 10_000});
	await owner.createXml(containerXml(name, waitForEver), createFlags.autodestroy);
	await owner.close();
	await events.until(lifecycleEvents.stopped);
	t.like(await t.throwsAsync(connection.lookupByName(name), {instanceOf: LibvirtError}), {code: 42});
});

test('a console carries what is typed and what the guest says, up to its end', async (t) => {
	const {connection, uri, name} = await open(t);
	const domain = await connection.createXml(
		containerXml(name, `${quiet}; echo ready; read line; echo "got $line"; read end; exit 0`),
		createFlags.autodestroy,
	);
	const own = await openConnection(uri, {timeoutMs: 10_000});
	t.teardown(() => own.close());
	const console = await own.openConsole(domain, undefined);
	await readUntil(console, 'ready');
	console.write('a line\n');
	t.is(await readUntil(console, 'got'), 'got a line\n');
	// Only now: a terminal that closes drops what nobody has read.
	console.write('end\n');
	console.resume();
	await once(console, 'close');
	await console.finish();
	t.is(await own.getType(), 'LXC');
});

test('all of a long output arrives, in order, for a slow reader too', async (t) => {
	const {connection, uri, name} = await open(t);
	const lines = 200_000;
	const domain = await connection.createXml(containerXml(name, `${quiet}; echo ready; read go; seq ${lines}; read end`), createFlags.autodestroy);
	const own = await openConnection(uri, {timeoutMs: 10_000});
	t.teardown(() => own.close());
	const console = await own.openConsole(domain, undefined);
	t.is(await readUntil(console, '\n'), 'ready\n');
	console.write('go\n');
	let seen = '';
	for await (const chunk of console) {
		seen += String(chunk);
		// Lets the connection fill up again and again.
		await new Promise(setImmediate);
		if (seen.endsWith(`\n${lines}\n`)) {
			break;
		}
	}

	t.is(seen, Array.from({length: lines}, (_, index) => `${index + 1}\n`).join(''));
	await own.close();
	await connection.destroy(domain);
});

test('keys typed at a guest that is going do not harm the daemon', async (t) => {
	const {connection, uri, name} = await open(t);
	const domain = await connection.createXml(containerXml(name, `${quiet}; echo ready; read line; exit 0`), createFlags.autodestroy);
	const own = await openConnection(uri, {timeoutMs: 10_000});
	t.teardown(() => own.close());
	const events = await watch(own, name);
	const console = await own.openConsole(domain, undefined);
	await readUntil(console, 'ready');
	console.write('now\n');
	console.resume();
	// Not the event alone: libvirtd 11.3 may miss a guest's end while another one is being destroyed.
	await Promise.race([events.until(lifecycleEvents.stopped), once(console, 'end')]);
	for (const key of 'typed too late') {
		console.write(key);
	}

	if (!console.closed) {
		await once(console, 'close');
	}

	console.write('much too late');
	await console.finish();
	await own.close();
	t.is(await connection.getType(), 'LXC');
});

test('a console can be left and opened again', async (t) => {
	const {connection, uri, name} = await open(t);
	const domain = await connection.createXml(containerXml(name, `${quiet}; echo ready; while read line; do echo "got $line"; done`), createFlags.autodestroy);
	for (const word of ['one', 'two']) {
		const own = await openConnection(uri, {timeoutMs: 10_000});
		t.teardown(() => own.close());
		const console = await own.openConsole(domain, undefined);
		if (word === 'one') {
			await readUntil(console, 'ready\n');
		}

		console.write(`${word}\n`);
		t.is(await readUntil(console, '\n'), `got ${word}\n`);
		await (word === 'one' ? console.abort() : console.finish());
		await own.close();
	}

	await connection.destroy(domain);
});

test('a console that is not there is refused', async (t) => {
	const {connection, name} = await open(t);
	const domain = await connection.createXml(containerXml(name, waitForEver), createFlags.autodestroy);
	t.like(await t.throwsAsync(connection.openConsole(domain, 'console7'), {instanceOf: LibvirtError}), {procedure: 'DOMAIN_OPEN_CONSOLE'});
	await connection.destroy(domain);
});

test('a daemon that dies ends its connections', async (t) => {
	t.timeout(60_000);
	const own = await startOwnLibvirtd(t);
	const connection = await openConnection(own.uri, {timeoutMs: 10_000});
	process.kill(own.pid, 'SIGKILL');
	await connection.closed;
	await t.throwsAsync(connection.getType(), {instanceOf: ConnectionLost});
});
