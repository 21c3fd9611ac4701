import {text} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {openMachineControl} from '../../../../src/backend/machine/ports/machine-control.ts';
import {openPortSession} from '../../../../src/backend/machine/ports/machine-streams.ts';
import {timeBytes} from '../../../../src/backend/machine/ports/machine-line.ts';
import {within} from '../../../../src/core/within.ts';
import {waitUntil} from '../../../helpers/wait-until.ts';
import {openPort} from '../../../helpers/open-port.ts';

/** The first session of a machine, and QEMU's ends of its ports. */
async function openMachine(t: ExecutionContext) {
	const [control, input, output, errors] = await Promise.all([1, 2, 3, 4].map(() => openPort(t)));
	if (control === undefined || input === undefined || output === undefined || errors === undefined) throw new TypeError('There are four');
	const lines = openMachineControl(control.port);
	const progress = lines.follow(0);
	const ports = {in: input.port, out: output.port, err: errors.port};
	const joined = openPortSession(lines, progress, ports, {number: 0});
	const [guest, , out, err] = await Promise.all([control, input, output, errors].map(({qemu}) => qemu()));
	if (guest === undefined || out === undefined || err === undefined) throw new TypeError('There are four');
	return {...joined, lines, progress, guest, out, err};
}

test('the first that a guest has is the time, once it asks for it', async (t) => {
	const {lines, progress, guest} = await openMachine(t);
	lines.send('signal', 0, 15);
	guest.write('hello\nroot\n');
	await lines.rooted;
	const said: Buffer[] = [];
	guest.on('data', (chunk: Buffer) => said.push(chunk));
	const begun = Date.now();
	guest.write('clock\nclock\n');
	const line = 'signal 0 15\n';
	await waitUntil(() => Buffer.concat(said).length === timeBytes + line.length, 'all has come');
	const all = Buffer.concat(said);
	const told = Number(all.readBigInt64LE(0)) * 1000 + Number(all.readBigInt64LE(8)) / 1e6;
	t.true(told >= begun && told <= Date.now(), `${told}`);
	t.is(all.subarray(timeBytes).toString(), line);
	// Once is enough.
	guest.write('clock\nready 0\n');
	await progress.ready;
	lines.send('bye');
	await waitUntil(() => Buffer.concat(said).length > all.length, 'more has come');
	t.is(Buffer.concat(said).subarray(all.length).toString(), 'bye\n');
});

test('the end of a command is told at once, what came out of it later, and each of them counts once', async (t) => {
	const {session, drained, progress, guest, out} = await openMachine(t);
	guest.write('ready 0\nwrote 0 1 0\nexit 0 3\nexit 0 4\n');
	t.is(await session.exited, 3);
	t.false(await within(progress.counts, 0), 'what is told before the end is none');
	out.write('left behind');
	const said = Promise.all([session.stdout, session.stderr ?? session.stdout].map((stream) => text(stream)));
	guest.write('wrote 0 11 0\nwrote 0 1 5\nexit 0 5\n');
	t.deepEqual(await said, ['left behind', '']);
	t.is(await session.exited, 3);
	await drained;
});

test('of a machine that goes before its command’s end what has come is all; once the end was told that is a fault', async (t) => {
	for (const told of ['', 'exit 0 3\n']) {
		const {session, guest, out, err} = await openMachine(t);
		const said = Promise.allSettled([session.stdout, session.stderr ?? session.stdout].map((stream) => text(stream)));
		guest.end(`ready 0\n${told}`);
		out.end('cut o');
		err.end();
		const [first] = await said;
		if (told === '') t.like(first, {value: 'cut o'});
		else t.like(first, {reason: {message: 'The last of the command’s output did not arrive'}});
	}
});
