import type {Pane, PanesState} from './pane-state.ts';

/** A part of the screen in cells. */
export interface Rect {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** Where the transcript and each pane that is shown stand. A pane's first row is its title. */
interface PaneLayout {
	/** Undefined: a pane takes the whole screen. */
	readonly main: Rect | undefined;
	readonly panes: ReadonlyArray<{readonly pane: Pane; readonly rect: Rect}>;
}

/** Two columns, and two rows of panes, need so many cells. */
const leastSplitWidth = 100;
const leastSplitHeight = 17;
/** Panes below stand beside each other, and in rows, where each has so many cells: enough for busybox's top. */
const leastWidth = 40;
const leastHeight = 7;

/** Divides the screen: panes on the right in one column, panes below in rows; those for which there is no room, and on a small terminal all but what has the keys, are not shown. */
export function layoutPanes({panes, focus, latest, zoomed}: PanesState, width: number, height: number): PaneLayout {
	const whole: Rect = {x: 0, y: 0, width, height};
	const focused = panes.find((pane) => pane.id === focus);
	const right = width >= leastSplitWidth ? panes.filter((pane) => pane.side === 'right') : [];
	const below = panes.filter((pane) => !right.includes(pane));
	const isSmall = below.length > 0 && height < leastSplitHeight;
	if (panes.length === 0 || zoomed || isSmall) {
		return focused === undefined ? {main: whole, panes: []} : {main: undefined, panes: [{pane: focused, rect: whole}]};
	}
	const rows = rowsBelow(below, {width, height, wanted: focus ?? latest});
	// Several rows may take some of the transcript's half.
	const belowHeight = rows.length === 0 ? 0 : Math.max(Math.floor(height / 2), rows.length * leastHeight);
	// One column parts the two.
	const rightWidth = right.length === 0 ? 0 : Math.floor((width - 1) / 2);
	const main: Rect = {x: 0, y: 0, width: width - (rightWidth === 0 ? 0 : rightWidth + 1), height: height - belowHeight};
	return {
		main,
		panes: [
			...divide(right, main.height).map(({item: pane, start: y, size}) => ({pane, rect: {x: main.width + 1, y, width: rightWidth, height: size}})),
			...divide(rows, belowHeight).flatMap(({item: row, start: y, size}) =>
				divide(row, width).map(({item: pane, start: x, size: cells}) => ({
					pane,
					// The last cell of each but the last parts it from the next.
					rect: {x, y: main.height + y, width: cells - (x + cells === width ? 0 : 1), height: size},
				})),
			),
		],
	};
}

/** Which panes stand below, row by row: as many as there is room for, the wanted one among them. */
function rowsBelow(
	below: readonly Pane[],
	{width, height, wanted}: {readonly width: number; readonly height: number; readonly wanted: string | undefined},
): ReadonlyArray<readonly Pane[]> {
	// Beside a pane stands the cell that parts it from the next.
	const inRow = Math.max(1, Math.floor(width / (leastWidth + 1)));
	const most = inRow * Math.max(1, Math.floor((height * 2) / 3 / leastHeight));
	const first = Math.max(0, below.findIndex(({id}) => id === wanted) - most + 1);
	const shown = below.slice(first, first + most);
	return divide(Array.from({length: Math.ceil(shown.length / inRow)}), shown.length).map(({start, size}) => shown.slice(start, start + size));
}

/** Parts cells among some, as evenly as it goes. */
function divide<T>(items: readonly T[], total: number): ReadonlyArray<{readonly item: T; readonly start: number; readonly size: number}> {
	return items.map((item, index) => {
		const start = Math.floor((total * index) / items.length);
		return {item, start, size: Math.floor((total * (index + 1)) / items.length) - start};
	});
}
