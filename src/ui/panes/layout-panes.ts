import type {Pane, PanesState} from './pane-state.ts';

/** A part of the screen in cells. */
export interface Rect {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** Where the transcript and each pane that is shown stand. A pane's first row is its title. */
export interface PaneLayout {
	/** Undefined: a pane takes the whole screen. */
	readonly main: Rect | undefined;
	readonly panes: ReadonlyArray<{readonly pane: Pane; readonly rect: Rect}>;
}

/** Two columns, and two rows of panes, need so many cells. */
const leastSplitWidth = 100;
const leastSplitHeight = 17;

/** Divides the screen: panes on the right in one column, panes below side by side; on a small terminal only what has the keys. */
export function layoutPanes({panes, focus, zoomed}: PanesState, width: number, height: number): PaneLayout {
	const whole: Rect = {x: 0, y: 0, width, height};
	const focused = panes.find((pane) => pane.id === focus);
	const right = width >= leastSplitWidth ? panes.filter((pane) => pane.side === 'right') : [];
	const below = panes.filter((pane) => !right.includes(pane));
	const isSmall = below.length > 0 && height < leastSplitHeight;
	if (panes.length === 0 || zoomed || isSmall) {
		return focused === undefined ? {main: whole, panes: []} : {main: undefined, panes: [{pane: focused, rect: whole}]};
	}
	const belowHeight = below.length === 0 ? 0 : Math.floor(height / 2);
	// One column parts the two.
	const rightWidth = right.length === 0 ? 0 : Math.floor((width - 1) / 2);
	const main: Rect = {x: 0, y: 0, width: width - (rightWidth === 0 ? 0 : rightWidth + 1), height: height - belowHeight};
	const shares = (total: number, count: number): ReadonlyArray<{start: number; size: number}> =>
		Array.from({length: count}, (_, index) => {
			const start = Math.floor((total * index) / count);
			return {start, size: Math.floor((total * (index + 1)) / count) - start};
		});
	const inColumn = shares(height - belowHeight, right.length);
	const inRow = shares(width, below.length);
	return {
		main,
		panes: [
			...right.map((pane, index) => ({
				pane,
				rect: {x: main.width + 1, y: inColumn[index]?.start ?? 0, width: rightWidth, height: inColumn[index]?.size ?? 0},
			})),
			...below.map((pane, index) => ({
				pane,
				// The last cell of each but the last parts it from the next.
				rect: {
					x: inRow[index]?.start ?? 0,
					y: main.height,
					width: (inRow[index]?.size ?? 0) - (index === below.length - 1 ? 0 : 1),
					height: belowHeight,
				},
			})),
		],
	};
}
