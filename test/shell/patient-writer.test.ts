import test from 'ava';
import {createPatientWriter} from '../../src/shell/patient-writer.ts';

const chunk = Buffer.from('x');

test('a reader is waited for until that is given up, and again once it has taken all', async (t) => {
	const taken: Array<() => void> = [];
	const writer = createPatientWriter({write: () => new Promise((resolve) => taken.push(resolve))});
	const first = writer.write(chunk);
	t.false(writer.isStuck());
	writer.giveUp();
	await first;
	await writer.write(chunk);
	t.true(writer.isStuck());
	for (const take of taken.splice(0)) take();
	await new Promise(setImmediate);
	t.false(writer.isStuck());
	let isTaken = false;
	const again = writer.write(chunk)?.then(() => (isTaken = true));
	await new Promise(setImmediate);
	t.false(isTaken);
	for (const take of taken.splice(0)) take();
	await again;
	t.true(isTaken);
});

test('giving up where nothing waits changes nothing, and a fault of a write is one', async (t) => {
	const writer = createPatientWriter({write: () => Promise.reject(new Error('gone'))});
	writer.giveUp();
	await t.throwsAsync(async () => writer.write(chunk), {message: 'gone'});
});
