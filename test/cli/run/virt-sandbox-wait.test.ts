// Once an end was asked for: what is here may drain, what is new counts for a few seconds.
import test from 'ava';
import type {OutputSink} from '../../../src/backend/types.ts';
import {createOutputProgress, type Cut} from '../../../src/cli/run/virt-sandbox-wait.ts';

function afterMs(milliseconds: number): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, milliseconds);
	});
}

/** Writes chunks one after the other until that is over; gives why and after how many ms. */
async function drain(sink: OutputSink, {chunk, pauseMs, most}: {readonly chunk: number; readonly pauseMs: number; readonly most: number}) {
	const progress = createOutputProgress();
	const watched = progress.watch(sink);
	const begin = performance.now();
	let isOver = false;
	const over = progress.overdue(() => isOver).then((cut): [Cut, number] => [cut, performance.now() - begin]);
	let cut: readonly [Cut, number] | undefined;
	void over.then((value) => (cut = value));
	for (let count = 0; count < most && cut === undefined; count++) {
		await watched.write(Buffer.alloc(chunk));
		await afterMs(pauseMs);
	}
	isOver = true;
	return cut;
}

test('a reader that is slow gets what is here', async (t) => {
	const cut = await drain({write: () => afterMs(1500)}, {chunk: 65_536, pauseMs: 0, most: 4});
	t.is(cut, undefined);
});

test('a guest that writes a little now and then is cut off', async (t) => {
	for (const sink of [{write: () => undefined}, {write: () => afterMs(1)}]) {
		const [cut, ms = 0] = (await drain(sink, {chunk: 1, pauseMs: 500, most: 40})) ?? [];
		t.is(cut, 'left');
		t.true(ms > 1500 && ms < 10_000, `after ${ms} ms`);
	}
});

test('a guest that writes without an end to a reader that always takes some is', async (t) => {
	const [cut] = (await drain({write: () => afterMs(50)}, {chunk: 65_536, pauseMs: 0, most: 400})) ?? [];
	t.is(cut, 'left');
});

test('a reader that takes nothing is told of', async (t) => {
	const progress = createOutputProgress();
	void progress.watch({write: () => new Promise(() => {})}).write(Buffer.alloc(1));
	t.is(await progress.overdue(() => false), 'reader');
});
