import {once} from 'node:events';
import test from 'ava';
import type {ExecutionContext} from 'ava';
import {
	CallTimeout,
	ConnectFailed,
	ConnectionLost,
	LibvirtError,
	openConnection,
	type Connection,
	type DomainRef,
	type OpenOptions,
} from '../../../src/backend/libvirt/index.ts';
import {programs, statuses, types} from '../../../src/backend/libvirt/frames.ts';
import {writeDomain} from '../../../src/backend/libvirt/wire-types.ts';
import {errorPayload, isCall, isPacket, payload, startFakeLibvirtd, type FakeAnswer, type FakeCall, type FakeLibvirtd} from '../../helpers/fake-libvirtd.ts';

const web: DomainRef = {name: 'web', uuid: '00112233-4455-6677-8899-aabbccddeeff', id: 3};
const webPayload = payload((writer) => writeDomain(writer, web));
const lookup = 23;
const getHostname = 59;
const openConsole = 201;

async function startFake(t: ExecutionContext, answer?: FakeAnswer): Promise<FakeLibvirtd> {
	t.timeout(20_000);
	const daemon = await startFakeLibvirtd(answer);
	t.teardown(daemon.stop);
	return daemon;
}

async function open(
	t: ExecutionContext,
	answer?: FakeAnswer,
	options: OpenOptions = {},
): Promise<{readonly daemon: FakeLibvirtd; readonly connection: Connection}> {
	const daemon = await startFake(t, answer);
	return {daemon, connection: await openConnection(daemon.uri, options)};
}

/** Answers calls of one procedure. */
function on(procedure: number, act: FakeAnswer): FakeAnswer {
	return (call) => (isCall(procedure)(call) ? act(call) !== false : false);
}

test('an opening asks for the kinds of authentication and opens the name without the transport', async (t) => {
	const {daemon, connection} = await open(t, undefined, {readonly: true});
	t.deepEqual(
		daemon.calls.map(({header, payload}) => [header.procedure, payload.toString('latin1')]),
		[
			[66, ''],
			[1, `\0\0\0\u0001\0\0\0\u000Ftest:///default\0\0\0\0\u0001`],
		],
	);
	t.is(connection.uri, daemon.uri);
	await connection.close();
});

for (const [name, kinds, message] of [
	['SASL', [1], /SASL/],
	['something unknown', [9], /unknown kind 9/],
] as const) {
	test(`a daemon that wants ${name} is refused with the reason`, async (t) => {
		const daemon = await startFake(t, (call) => {
			if (isCall(66)(call)) {
				call.reply(payload((writer) => writer.array(kinds, 1, (kind) => writer.signed(kind))));
			}

			return false;
		});
		const error = await t.throwsAsync(openConnection(daemon.uri), {instanceOf: ConnectFailed, message});
		t.is(error.problem, 'auth');
	});
}

test('a URI that the daemon refuses rejects with its error', async (t) => {
	const daemon = await startFake(
		t,
		on(1, (call) => call.fail(5, 'no connection driver available')),
	);
	t.like(await t.throwsAsync(openConnection(daemon.uri), {instanceOf: LibvirtError}), {
		code: 5,
		procedure: 'CONNECT_OPEN',
		text: 'no connection driver available',
	});
});

test('a socket that is not there is told by name', async (t) => {
	const error = await t.throwsAsync(openConnection('test:///default?socket=/nowhere/sock'), {instanceOf: ConnectFailed});
	t.like(error, {problem: 'absent', message: 'No libvirtd for test:///default?socket=/nowhere/sock: /nowhere/sock does not exist'});
});

for (const [name, silent] of [
	['accepts and says nothing', 66],
	['does not answer OPEN', 1],
] as const) {
	test(`opening a daemon that ${name} ends at its deadline`, async (t) => {
		const daemon = await startFake(
			t,
			on(silent, () => true),
		);
		t.like(await t.throwsAsync(openConnection(daemon.uri, {timeoutMs: 50}), {instanceOf: ConnectFailed}), {problem: 'timeout'});
	});

	test(`opening a daemon that ${name} can be aborted`, async (t) => {
		const daemon = await startFake(
			t,
			on(silent, () => true),
		);
		const abort = new AbortController();
		const opening = openConnection(daemon.uri, {signal: abort.signal});
		await daemon.waitFor(isCall(silent));
		const reason = new Error('enough');
		abort.abort(reason);
		t.is(await t.throwsAsync(opening), reason);
	});
}

for (const [stage, procedure] of [
	['the authentication', 66],
	['the opening', 1],
] as const) {
	test(`a daemon that dies in ${stage} fails it`, async (t) => {
		const daemon = await startFake(
			t,
			on(procedure, (call) => call.hangUp()),
		);
		t.like(await t.throwsAsync(openConnection(daemon.uri), {instanceOf: ConnectionLost}), {
			reason: {kind: 'ended', message: 'libvirtd has closed the connection'},
		});
	});
}

test('a daemon that dies in a call fails it, every other and every later one', async (t) => {
	const {connection} = await open(
		t,
		on(lookup, (call) => call.hangUp()),
	);
	const calls = [connection.getXmlDesc(web), connection.lookupByName('web'), connection.lookupByName('web')];
	const outcomes = await Promise.allSettled(calls);
	t.deepEqual(
		outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason instanceof ConnectionLost && outcome.reason.procedure),
		[false, 'DOMAIN_LOOKUP_BY_NAME', 'DOMAIN_LOOKUP_BY_NAME'],
	);
	t.like(await connection.closed, {kind: 'ended'});
	t.like(await t.throwsAsync(connection.getHostname(), {instanceOf: ConnectionLost}), {procedure: 'CONNECT_GET_HOSTNAME'});
});

test('a daemon that dies within a message says so', async (t) => {
	const {connection} = await open(
		t,
		on(lookup, (call) => {
			call.raw(Buffer.from('000000', 'hex'));
			call.hangUp();
		}),
	);
	await t.throwsAsync(connection.lookupByName('web'), {instanceOf: ConnectionLost, message: 'libvirtd has closed the connection within a message'});
});

test('answers in any order find their calls', async (t) => {
	const waiting: Array<() => void> = [];
	const {connection} = await open(
		t,
		on(lookup, (call) => {
			waiting.unshift(() => call.reply(payload((writer) => writeDomain(writer, {...web, id: call.header.serial}))));
			if (waiting.length === 3) {
				for (const answer of waiting) {
					answer();
				}
			}
		}),
	);
	const domains = await Promise.all(['a', 'b', 'c'].map((name) => connection.lookupByName(name)));
	t.deepEqual(
		domains.map(({id}) => id),
		[3, 4, 5],
	);
	await connection.close();
});

test("libvirt's error is passed on with all that it says", async (t) => {
	const {connection} = await open(
		t,
		on(lookup, (call) => call.fail(42, "Domain not found: no domain with matching name 'web'")),
	);
	const error = await t.throwsAsync(connection.lookupByName('web'), {instanceOf: LibvirtError});
	t.like(error, {
		code: 42,
		domain: 7,
		level: 2,
		text: "Domain not found: no domain with matching name 'web'",
		message: "Domain not found: no domain with matching name 'web'",
		procedure: 'DOMAIN_LOOKUP_BY_NAME',
	});
	await connection.close();
});

test('a call that is late rejects, its answer is dropped, and the connection goes on', async (t) => {
	let late: (() => void) | undefined;
	const {connection} = await open(
		t,
		on(lookup, (call) => {
			if (late === undefined) {
				late = () => call.reply(webPayload);
				return;
			}

			late();
			call.reply(webPayload);
		}),
	);
	const error = await t.throwsAsync(connection.lookupByName('web', {timeoutMs: 20}), {instanceOf: CallTimeout});
	t.like(error, {procedure: 'DOMAIN_LOOKUP_BY_NAME', timeoutMs: 20});
	t.deepEqual(await connection.lookupByName('web'), web);
	await connection.close();
});

test('a call that is aborted rejects with the reason, and the connection goes on', async (t) => {
	const {daemon, connection} = await open(
		t,
		on(lookup, () => true),
	);
	const abort = new AbortController();
	const call = connection.lookupByName('web', {signal: abort.signal});
	const seen = await daemon.waitFor(isCall(lookup));
	const reason = new Error('enough');
	abort.abort(reason);
	t.is(await t.throwsAsync(call), reason);
	seen.reply(webPayload);
	t.is(await t.throwsAsync(connection.lookupByName('web', {signal: abort.signal})), reason);
	t.like(await t.throwsAsync(connection.getHostname(), {instanceOf: LibvirtError}), {code: 3});
	t.is(daemon.calls.filter(isCall(lookup)).length, 1);
	await connection.close();
});

test('what libvirt would refuse is not sent, and costs neither call nor connection', async (t) => {
	const {daemon, connection} = await open(
		t,
		on(lookup, (call) => call.reply(webPayload)),
	);
	await t.throwsAsync(connection.createXml('x'.repeat(4_194_305)), {instanceOf: RangeError});
	await t.throwsAsync(connection.lookupByName('a\0b'), {instanceOf: RangeError});
	await t.throwsAsync(connection.lookupByUuid('no uuid'), {instanceOf: RangeError});
	const many = Array.from({length: 16_385}, () => web);
	await t.throwsAsync(connection.getAllDomainStats(0, many), {instanceOf: RangeError, message: 'A list of 16385 is over its limit of 16384'});
	t.deepEqual(await connection.lookupByName('web'), web);
	t.is(daemon.calls.length, 3);
	await connection.close();
});

const breaks = test.macro({
	async exec(t, answer: FakeAnswer, message: RegExp) {
		const {connection} = await open(t, (call) => (isCall(getHostname)(call) ? true : on(lookup, answer)(call)));
		const [failed] = await Promise.all([
			t.throwsAsync(connection.lookupByName('web'), {instanceOf: ConnectionLost, message}),
			t.throwsAsync(connection.getHostname(), {instanceOf: ConnectionLost, message}),
		]);
		t.is(failed.reason.kind, 'protocol');
		t.is((await connection.closed).kind, 'protocol');
		await connection.close();
	},
	title: (title) => `the connection ends at ${title}`,
});

test('a frame that is too long', breaks, (call) => call.raw(Buffer.from('7fffffff', 'hex')), /2147483647 bytes/);
test('a frame that is too short', breaks, (call) => call.raw(Buffer.from('0000001b', 'hex')), /27 bytes/);
test('an answer nobody asked for', breaks, (call) => call.send({serial: 99}, webPayload), /call 99 of procedure 23 was not asked for/);
test('an answer of another procedure', breaks, (call) => call.send({procedure: 24}, webPayload), /was not asked for/);
test('an answer of another program', breaks, (call) => call.send({program: 0x20_00_80_87}, webPayload), /was not asked for/);
test('an answer that is cut off', breaks, (call) => call.reply(webPayload.subarray(0, 20)), /ends 4 bytes early/);
test('an error that is cut off', breaks, (call) => call.send({status: statuses.error}, errorPayload(42, 'no').subarray(0, 10)), /early/);
test('an answer with file descriptors', breaks, (call) => call.send({type: types.replyWithDescriptors}), /type 5 was not asked for/);
test('a call from the daemon', breaks, (call) => call.send({type: types.call}), /type 0 was not asked for/);
test(
	'data of a stream that was never opened',
	breaks,
	(call) => call.send({type: types.stream, serial: 99, status: statuses.continue}),
	/stream 99, which was never opened/,
);

test('the same answer twice ends the connection', async (t) => {
	const {connection} = await open(
		t,
		on(lookup, (call) => {
			call.reply(webPayload);
			call.reply(webPayload);
		}),
	);
	t.deepEqual(await connection.lookupByName('web'), web);
	t.like(await connection.closed, {kind: 'protocol'});
});

test('messages that nobody asked for are ignored, also a flood of them', async (t) => {
	const {connection} = await open(
		t,
		on(lookup, (call) => {
			for (let index = 0; index < 20_000; index++) {
				call.message(400, Buffer.alloc(64));
			}

			call.reply(webPayload);
		}),
	);
	t.deepEqual(await connection.lookupByName('web'), web);
	await connection.close();
});

test("the daemon's ping is answered", async (t) => {
	const {daemon, connection} = await open(
		t,
		on(lookup, (call) => {
			call.send({program: 0x6b_65_65_70, procedure: 1, type: types.message, serial: 0});
			call.reply(webPayload);
		}),
	);
	await connection.lookupByName('web');
	const pong = await daemon.waitFor(({header}) => header.program === 0x6b_65_65_70);
	t.deepEqual(pong.header, {program: 0x6b_65_65_70, procedure: 2, type: types.message, serial: 0, status: statuses.ok});
	await connection.close();
});

test('a daemon that answers pings is kept', async (t) => {
	let pings = 0;
	const {daemon, connection} = await open(
		t,
		(call) => {
			if (call.header.program === 0x6b_65_65_70) {
				pings++;
				call.send({type: types.message, procedure: 2});
			}

			return false;
		},
		{keepalive: {intervalMs: 5, count: 2}},
	);
	await daemon.waitFor(() => pings > 6);
	await connection.close();
	t.like(await connection.closed, {kind: 'closed'});
});

test('a daemon that has stopped is noticed by its silence', async (t) => {
	const {connection} = await open(t, undefined, {keepalive: {intervalMs: 5, count: 2}});
	t.deepEqual(await connection.closed, {kind: 'keepalive', message: 'libvirtd has not answered for 10 ms'});
});

test('close says good-bye once, fails nothing and rejects later calls', async (t) => {
	const {daemon, connection} = await open(t);
	await Promise.all([connection.close(), connection.close()]);
	await connection.close();
	t.deepEqual(await connection.closed, {kind: 'closed', message: 'The connection was closed'});
	t.is(daemon.calls.filter(isCall(2)).length, 1);
	await t.throwsAsync(connection.getHostname(), {instanceOf: ConnectionLost, message: 'The connection was closed'});
});

test('close fails calls that are still waiting', async (t) => {
	const {connection} = await open(
		t,
		on(getHostname, () => true),
	);
	const call = connection.getHostname();
	await Promise.all([connection.close(), t.throwsAsync(call, {instanceOf: ConnectionLost, message: 'The connection was closed'})]);
});

test('each call and each answer can be traced', async (t) => {
	const lines: string[] = [];
	const {connection} = await open(
		t,
		on(lookup, (call) => call.reply(webPayload)),
		{trace: (line) => lines.push(line.replace(/[\d.]+ ms/, 'N ms').replace(/to .*/, 'to PATH'))},
	);
	await connection.lookupByName('web');
	await t.throwsAsync(connection.getHostname());
	await connection.close();
	t.deepEqual(lines, [
		'connected to PATH',
		'-> AUTH_LIST #1 28 bytes',
		'<- AUTH_LIST #1 ok N ms',
		'-> CONNECT_OPEN #2 56 bytes',
		'<- CONNECT_OPEN #2 ok N ms',
		'-> DOMAIN_LOOKUP_BY_NAME #3 36 bytes',
		'<- DOMAIN_LOOKUP_BY_NAME #3 ok N ms',
		'-> CONNECT_GET_HOSTNAME #4 28 bytes',
		'<- CONNECT_GET_HOSTNAME #4 error 3 N ms',
		'-> CONNECT_CLOSE #5 28 bytes',
		'<- CONNECT_CLOSE #5 ok N ms',
		'connection ended: The connection was closed',
	]);
});

test('events are asked for once and told to every listener until it goes', async (t) => {
	const {daemon, connection} = await open(
		t,
		on(lookup, (call) => {
			call.message(
				318,
				payload((writer) => {
					writer.signed(1);
					writeDomain(writer, web);
					writer.signed(2);
					writer.signed(0);
				}),
			);
			call.reply(webPayload);
		}),
	);
	const seen: unknown[] = [];
	const stop = await connection.onLifecycle((event) => seen.push(['first', event]));
	await connection.onLifecycle((event) => seen.push(['second', event]));
	await connection.lookupByName('web');
	stop();
	await connection.lookupByName('web');
	const event = {domain: web, event: 2, detail: 0};
	t.deepEqual(seen, [
		['first', event],
		['second', event],
		['second', event],
	]);
	t.is(daemon.calls.filter(isCall(316)).length, 1);
	await connection.close();
});

test('a registration for events that failed can be tried again', async (t) => {
	let refused = true;
	const {connection} = await open(
		t,
		on(316, (call) => {
			if (!refused) {
				return false;
			}

			refused = false;
			call.fail(3, 'not now');
			return true;
		}),
	);
	await t.throwsAsync(
		connection.onLifecycle(() => undefined),
		{instanceOf: LibvirtError},
	);
	await t.notThrowsAsync(connection.onLifecycle(() => undefined));
	await connection.close();
});

test('events of QEMU come to who asked for them, until that is ended', async (t) => {
	const isOfQemu = (call: FakeCall): boolean => call.header.program === programs.qemu;
	let registered = 0;
	const {daemon, connection} = await open(t, (call) => {
		if (!isOfQemu(call)) return false;
		call.reply(payload((writer) => writer.signed(++registered)));
		for (const id of [1, 2]) {
			call.message(
				6,
				payload((writer) => {
					writer.signed(id);
					writeDomain(writer, web);
					writer.string('STOP');
				}),
			);
		}
		return true;
	});
	const seen: string[] = [];
	const listen = (who: string) => connection.onMonitorEvent('^S', ({domain, event}) => seen.push(`${who}: ${domain.name} ${event}`));
	const stop = await listen('first');
	await listen('second');
	stop();
	await listen('third');
	t.deepEqual(seen, ['first: web STOP', 'first: web STOP', 'second: web STOP', 'second: web STOP', 'second: web STOP']);
	t.deepEqual(
		daemon.calls.filter(isOfQemu).map(({header, payload: bytes}) => [header.procedure, bytes.toString('latin1')]),
		[
			[4, '\0\0\0\0\0\0\0\u0001\0\0\0\u0002^S\0\0\0\0\0\u0001'],
			[4, '\0\0\0\0\0\0\0\u0001\0\0\0\u0002^S\0\0\0\0\0\u0001'],
			[5, '\0\0\0\u0001'],
			[4, '\0\0\0\0\0\0\0\u0001\0\0\0\u0002^S\0\0\0\0\0\u0001'],
		],
	);
	await connection.close();
});

test('an event that is cut off ends the connection', async (t) => {
	const {connection} = await open(
		t,
		on(lookup, (call) =>
			call.message(
				318,
				payload((writer) => writer.signed(1)),
			),
		),
	);
	await connection.onLifecycle(() => undefined);
	await t.throwsAsync(connection.lookupByName('web'), {instanceOf: ConnectionLost, message: /early/});
});

test('a console that the daemon refuses rejects and leaves nothing', async (t) => {
	const {daemon, connection} = await open(
		t,
		on(openConsole, (call) => call.fail(55, 'domain is not running')),
	);
	t.like(await t.throwsAsync(connection.openConsole(web, undefined), {instanceOf: LibvirtError}), {code: 55});
	await connection.close();
	t.deepEqual(
		daemon.calls.filter(({header}) => header.type === types.stream),
		[],
	);
});

test('a console whose opening was aborted is ended as soon as it is there', async (t) => {
	const {daemon, connection} = await open(
		t,
		on(openConsole, () => true),
	);
	const abort = new AbortController();
	const opening = connection.openConsole(web, undefined, 0, {signal: abort.signal});
	const call = await daemon.waitFor(isCall(openConsole));
	abort.abort(new Error('enough'));
	await t.throwsAsync(opening, {message: 'enough'});
	call.reply();
	call.stream(statuses.continue, Buffer.alloc(100_000));
	t.is((await daemon.waitFor(isPacket(statuses.error))).header.serial, call.header.serial);
	await connection.close();
});

test('a console fails with the connection', async (t) => {
	const {daemon, connection} = await open(
		t,
		on(openConsole, (call) => call.reply()),
	);
	const console = await connection.openConsole(web, undefined);
	const call = await daemon.waitFor(isCall(openConsole));
	call.stream(statuses.continue, Buffer.from('last words'));
	console.resume();
	call.hangUp();
	const [error] = await once(console, 'error');
	t.true(error instanceof ConnectionLost);
});

const isCreateWithFiles = ({header}: FakeCall): boolean => header.procedure === 309;

test('descriptors follow their call, before anything else', async (t) => {
	const {daemon, connection} = await open(t, (call) => {
		if (!isCreateWithFiles(call)) return false;
		call.reply(webPayload);
		return true;
	});
	const sending = Promise.withResolvers<void>();
	const created = connection.createXmlWithFiles('<domain/>', {count: 2, send: () => sending.promise}, 4);
	const asked = connection.getHostname({timeoutMs: 5000});
	asked.catch(() => undefined);
	const {header, payload: sent} = await daemon.waitFor(isCreateWithFiles);
	t.is(header.type, types.callWithDescriptors);
	t.is(sent.toString('latin1'), '\0\0\0\u0002\0\0\0\u0009<domain/>\0\0\0\0\0\0\u0004');
	t.deepEqual(await created, web);
	t.false(daemon.calls.some(isCall(getHostname)));
	sending.resolve();
	await daemon.waitFor(isCall(getHostname));
	await connection.close();
	await t.throwsAsync(asked);
});

test('a connection on which descriptors could not be sent is over', async (t) => {
	const {connection} = await open(t);
	const created = connection.createXmlWithFiles('<domain/>', {count: 1, send: () => Promise.reject(new Error('no room'))});
	await t.throwsAsync(created, {instanceOf: ConnectionLost, message: /No descriptor could be passed to libvirtd: no room/});
});
