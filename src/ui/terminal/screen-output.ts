import type {WriteStream} from 'node:tty';

/** The terminal's size where it has none (some are 0×0). */
const usualSize = {columns: 80, rows: 24};

/** A terminal's size in cells, never 0×0. */
export function sizeOf(terminal: Pick<WriteStream, 'columns' | 'rows'>): {columns: number; rows: number} {
	const {columns, rows} = terminal;
	return columns > 0 && rows > 0 ? {columns, rows} : usualSize;
}

/** What is drawn of a terminal, at most: more than any display shows. A frame takes time and memory for each cell. */
const mostOfSize = {columns: 1000, rows: 500};

/** The part of a terminal that the screen is drawn in, at its upper left. */
export function drawnSizeOf(terminal: Pick<WriteStream, 'columns' | 'rows'>): {columns: number; rows: number} {
	const {columns, rows} = sizeOf(terminal);
	return {columns: Math.min(columns, mostOfSize.columns), rows: Math.min(rows, mostOfSize.rows)};
}

/** What Ink draws to: the terminal itself, so that nothing is written out of turn, with a size in any case, and a bound for it. */
export function createScreenOutput(terminal: WriteStream): NodeJS.WriteStream {
	return new Proxy(terminal, {
		get(target, key) {
			if (key === 'columns' || key === 'rows') {
				return drawnSizeOf(target)[key];
			}
			const value: unknown = Reflect.get(target, key, target);
			return typeof value === 'function' ? value.bind(target) : value;
		},
	});
}
