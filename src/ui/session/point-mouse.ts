import type {Key} from '../keys/decode-keys.ts';
import type {ScreenState, Store} from '../model/screen-store.ts';
import {layoutPanes, type Rect} from '../panes/layout-panes.ts';
import {focusPane} from '../panes/pane-state.ts';
import type {PaneControl} from './pane-control.ts';

/** Rows that one step of the wheel scrolls. */
const wheelRows = 3;

/** What the mouse does: the wheel scrolls what is under it, a click gives it the keys. */
export function createPointer(store: Store<ScreenState>, panes: Pick<PaneControl, 'scroll' | 'update'>): (key: Extract<Key, {kind: 'mouse'}>) => void {
	return ({action, column, row}) => {
		const {panes: state, columns, rows, question, scroll} = store.get();
		const {main, panes: shown} = layoutPanes(state, columns, rows - 1);
		const isAt = ({x, y, width, height}: Rect): boolean => column >= x && column < x + width && row >= y && row < y + height;
		const pane = shown.find(({rect}) => isAt(rect))?.pane;
		if (pane === undefined && (main === undefined || !isAt(main))) {
			return;
		}
		if (action === 'press') {
			// A question keeps the keys until it is answered.
			if (question === undefined) {
				panes.update((now) => focusPane(now, pane?.id));
			}
		} else if (action !== 'release') {
			const step = action === 'wheel-up' ? -wheelRows : wheelRows;
			if (pane === undefined) {
				store.update({scroll: Math.max(0, scroll - step)});
			} else {
				panes.scroll(pane, step);
			}
		}
	};
}
