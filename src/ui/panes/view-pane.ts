import {cellWidth, safeText} from '../../core/text.ts';
import {labelOf, labelOfKey, takesKeys, type ConsoleEntry} from '../consoles/console-entry.ts';
import {clipStyled, plainText, styledWidth} from '../draw/styled-text.ts';
import type {Theme} from '../draw/theme.ts';
import type {Pane, PanesState} from './pane-state.ts';

/** What panes show. */
interface PaneSources {
	/** Rows of a pane of text, with its title. */
	readonly text: (pane: Pane, width: number) => {readonly title: string; readonly rows: readonly string[]};
	readonly consoles: readonly ConsoleEntry[];
	/** Consoles that some pane shows now. */
	readonly seen: ReadonlySet<ConsoleEntry>;
	readonly theme: Theme;
}

interface PaneView {
	/** The title first, `height` rows in all at most. */
	readonly rows: readonly string[];
	/** Where the guest's cursor is; undefined: there is none to show. */
	readonly cursor: {readonly x: number; readonly y: number} | undefined;
}

/** The console that a pane shows. */
export function consoleOf(pane: Pane, {chosen}: PanesState, consoles: readonly ConsoleEntry[]): ConsoleEntry | undefined {
	switch (pane.kind) {
		case 'console':
			return consoles.find(({key}) => key === pane.console);
		case 'consoles':
			return consoles.find(({key}) => key === chosen) ?? consoles[0];
		case 'xml':
		case 'events':
		case 'keys':
		case 'top':
			return undefined;
	}
}

export function viewPane(pane: Pane, state: PanesState, {width, height}: {width: number; height: number}, sources: PaneSources): PaneView {
	const isFocused = state.focus === pane.id;
	if (pane.kind === 'console' || pane.kind === 'consoles') {
		return viewConsole(pane, state, {width, height, isFocused}, sources);
	}
	const {title, rows} = sources.text(pane, width);
	const room = height - 1;
	const top = clampScroll(pane, rows.length, room);
	const place = rows.length > room ? ` ${Math.min(rows.length, top + room)}/${rows.length}` : '';
	const shown = rows.slice(top, top + room).map((row) => clipStyled(markMatches(row, pane.find, sources.theme), width));
	return {rows: [titleRow(`${title}${place}`, keysOf(pane, isFocused), width, {isFocused, theme: sources.theme}), ...shown], cursor: undefined};
}

/** The first row of a pane of text that is shown; events show their end unless they are scrolled back. */
function clampScroll(pane: Pane, rows: number, room: number): number {
	const most = Math.max(0, rows - room);
	return pane.kind === 'events' ? Math.max(0, most - pane.scroll) : Math.min(pane.scroll, most);
}

function viewConsole(
	pane: Pane,
	state: PanesState,
	{width, height, isFocused}: {width: number; height: number; isFocused: boolean},
	{consoles, seen, theme}: PaneSources,
): PaneView {
	const entry = consoleOf(pane, state, consoles);
	if (entry === undefined) {
		const name = pane.console === undefined ? 'Consoles' : safeText(labelOfKey(pane.console));
		return {
			rows: [titleRow(name, keysOf(pane, isFocused), width, {isFocused, theme}), theme.quiet('  No console: start a sandbox')],
			cursor: undefined,
		};
	}
	const {emulator} = entry;
	const scroll = Math.min(pane.scroll, emulator.scrollable);
	const dropped = scroll === emulator.scrollable && scroll > 0 && emulator.dropped > 0 ? ` (${emulator.dropped} lines dropped)` : '';
	const back = scroll > 0 ? ` ↑${scroll}${dropped}` : '';
	const rows = emulator.view(width, height - 1, scroll).map((row) => (pane.find === undefined ? row : clipStyled(markMatches(row, pane.find, theme), width)));
	const isRead = state.reading || !takesKeys(entry);
	const keys = isFocused ? (isRead ? 'Esc back  / search' : '^] leave') : '';
	const name = pane.kind === 'console' ? nameOf(entry, consoles) : tabs({consoles, seen, theme}, entry, titleRoom(keys, width) - cellWidth(back));
	const cursor = isFocused && !isRead && scroll === 0 ? emulator.cursor(width, height - 1) : undefined;
	return {
		rows: [titleRow(`${name}${back}`, keys, width, {isFocused, theme}), ...rows],
		cursor: cursor === undefined ? undefined : {x: cursor.x, y: cursor.y + 1},
	};
}

/** With the number of its key. */
function nameOf(entry: ConsoleEntry, all: readonly ConsoleEntry[]): string {
	return `${entry.number} ${safeText(labelOf(entry, all))}${entry.state === 'ended' ? ' (ended)' : ''}`;
}

/** As many consoles as there is room for, the chosen one among them; `*`: it said something, or has ended, since it was last looked at. */
function tabs({consoles, seen, theme}: Pick<PaneSources, 'consoles' | 'seen' | 'theme'>, chosen: ConsoleEntry, room: number): string {
	const names = consoles.map((entry) => `${nameOf(entry, consoles)}${(entry.unread || entry.news) && !seen.has(entry) ? '*' : ''}`);
	const at = consoles.indexOf(chosen);
	const {first, end} = tabsAround(names.map(cellWidth), at, room);
	const shown = names.slice(first, end).map((name, index) => (first + index === at ? theme.selected(name) : name));
	return [...(first > 0 ? ['…'] : []), ...shown, ...(end < names.length ? ['…'] : [])].join('  ');
}

/** Which tabs fit beside the chosen one, from its left on; two blanks part them, and a mark stands where some are left out. */
function tabsAround(widths: readonly number[], chosen: number, room: number): {readonly first: number; readonly end: number} {
	const markWidth = 3;
	const fits = (from: number, to: number): boolean => {
		const cells = widths.slice(from, to).reduce((sum, width) => sum + width + 2, -2);
		return cells + (from > 0 ? markWidth : 0) + (to < widths.length ? markWidth : 0) <= room;
	};
	if (fits(0, widths.length)) {
		return {first: 0, end: widths.length};
	}
	let [first, end] = [chosen, chosen + 1];
	while (first > 0 && fits(first - 1, end)) {
		first--;
	}
	while (end < widths.length && fits(first, end + 1)) {
		end++;
	}
	return {first, end};
}

function keysOf(pane: Pane, isFocused: boolean): string {
	return isFocused ? (pane.find === undefined ? 'Esc back  / search' : 'n N matches  Esc back') : '';
}

/** Keys at the end of a title, where there is room for them. */
function rightOf(keys: string, width: number): string {
	return keys === '' || width < cellWidth(keys) + 16 ? '' : ` ${keys} ─`;
}

function titleRoom(keys: string, width: number): number {
	return width - cellWidth(rightOf(keys, width)) - 4;
}

function titleRow(title: string, keys: string, width: number, {isFocused, theme}: {isFocused: boolean; theme: Theme}): string {
	const right = rightOf(keys, width);
	const room = titleRoom(keys, width);
	const text = styledWidth(title) > room ? `${clipStyled(title, Math.max(0, room - 1))}…` : title;
	const line = `─ ${text} ${'─'.repeat(Math.max(0, width - cellWidth(right) - styledWidth(text) - 3))}${right}`;
	return isFocused ? theme.activeTitle(line) : theme.title(line);
}

/** Shows where a text was found; the row loses its own colours. */
function markMatches(row: string, find: string | undefined, theme: Theme): string {
	if (find === undefined || find === '') {
		return row;
	}
	const text = plainText(row);
	const lower = text.toLowerCase();
	const wanted = find.toLowerCase();
	if (!lower.includes(wanted) || lower.length !== text.length) {
		return row;
	}
	let marked = '';
	let at = 0;
	for (let next = lower.indexOf(wanted); next !== -1; next = lower.indexOf(wanted, at)) {
		marked += text.slice(at, next) + theme.match(text.slice(next, next + wanted.length));
		at = next + wanted.length;
	}
	return marked + text.slice(at);
}
