import type {WriteStream} from 'node:tty';
import test from 'ava';
import {createScreenOutput, drawnSizeOf, sizeOf} from '../../../src/ui/terminal/screen-output.ts';

const sizes = [
	[
		{columns: 0, rows: 0},
		{columns: 80, rows: 24},
	],
	[
		{columns: 200, rows: 50},
		{columns: 200, rows: 50},
	],
	[
		{columns: 65_535, rows: 20},
		{columns: 1000, rows: 20},
	],
	[
		{columns: 65_535, rows: 65_535},
		{columns: 1000, rows: 500},
	],
] as const;

for (const [real, drawn] of sizes) {
	test(`of ${real.columns}×${real.rows} cells ${drawn.columns}×${drawn.rows} are drawn`, (t) => {
		t.deepEqual(drawnSizeOf(real), drawn);
		const {columns, rows} = createScreenOutput(real as object as WriteStream);
		t.deepEqual({columns, rows}, drawn);
	});
}

test('a guest that has the terminal has all of it', (t) => {
	t.deepEqual(sizeOf({columns: 3000, rows: 2000}), {columns: 3000, rows: 2000});
});
