import {cellWidth, padCells, safeText, truncate} from '../../core/text.ts';
import type {Theme} from '../draw/theme.ts';
import type {Menu} from '../editor/editor-state.ts';

/** Candidates a row each, the chosen one marked, a window of them around it. */
export function viewMenu({candidates, selected}: Menu, {width, height, theme}: {width: number; height: number; theme: Theme}): readonly string[] {
	const room = Math.max(1, candidates.length > height ? height - 1 : height);
	const first = Math.max(0, Math.min(selected - Math.floor(room / 2), candidates.length - room));
	const shown = candidates.slice(first, first + room);
	const words = Math.min(Math.floor(width / 2), Math.max(...shown.map(({text}) => cellWidth(safeText(text))))) + 2;
	const rows = shown.map(({text, description}, index) => {
		const word = padCells(truncate(safeText(text), words - 2), words);
		const more = truncate(safeText(description), Math.max(0, width - words - 3));
		return first + index === selected ? theme.selected(`  ${word}${more} `) : `  ${word}${theme.quiet(more)}`;
	});
	const left = candidates.length - shown.length;
	return left > 0 ? [...rows, theme.quiet(`  … ${selected === -1 ? '' : `${selected + 1} of `}${candidates.length}`)] : rows;
}
