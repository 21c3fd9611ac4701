import type {Command} from '../../commands/command.ts';
import {continuationPrompt} from '../../shell/prompt.ts';
import {cellWidth, padCells, safeText, truncate} from '../../core/text.ts';
import type {Theme} from '../draw/theme.ts';
import type {EditorState, Menu} from '../editor/editor-state.ts';
import {explainArgument} from './explain-argument.ts';
import {cropLayout, layoutLine, type LineLayout} from './layout-line.ts';

/** The prompt with its line, and what stands below it. */
interface PromptView extends LineLayout {
	readonly below: readonly string[];
}

interface PromptOptions {
	readonly editor: EditorState;
	readonly prompt: string;
	readonly commands: readonly Command[];
	readonly width: number;
	/** Rows that all of it may take. */
	readonly height: number;
	readonly theme: Theme;
	/** Explain what is being typed. */
	readonly explain: boolean;
}

export function viewPrompt({editor, prompt, commands, width, height, theme, explain}: PromptOptions): PromptView {
	const {search, menu, text, cursor} = editor;
	const start = search === undefined ? prompt : `${search.failed ? 'failed ' : ''}search '${search.query}': `;
	const layout = layoutLine({prompt: start, continuation: continuationPrompt, text, cursor, width, style: theme.prompt});
	const cropped = cropLayout(layout, Math.max(1, height - 1));
	const room = height - cropped.rows.length;
	if (menu !== undefined && room > 1) {
		return {...cropped, below: viewMenu(menu, {width, height: Math.min(8, room), theme})};
	}
	const explanation = explain && search === undefined && text !== '' ? explainArgument(text.slice(0, cursor), commands) : undefined;
	return {...cropped, below: room < 1 ? [] : [explanation === undefined ? '' : theme.quiet(truncate(`  ${explanation}`, width))]};
}

/** Candidates a row each, the chosen one marked, a window of them around it. */
function viewMenu({candidates, selected}: Menu, {width, height, theme}: {width: number; height: number; theme: Theme}): readonly string[] {
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
