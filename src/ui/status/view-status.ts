import {cellWidth, safeText, truncate} from '../../core/text.ts';
import {styledWidth, clipStyled} from '../draw/styled-text.ts';
import type {Theme} from '../draw/theme.ts';
import type {ScreenState} from '../model/screen-store.ts';

interface StatusParts {
	readonly state: ScreenState;
	readonly theme: Theme;
	/** The key that matters now, in words. */
	readonly hint: string;
	/** Unread consoles. */
	readonly unread: readonly string[];
	/** Open panes for which there is no room. */
	readonly hidden: number;
}

/** The last row of the screen: connection, running sandboxes, what runs in front, and on the right the key that matters now. */
export function viewStatus({state, theme, hint, unread, hidden}: StatusParts): string {
	const {columns} = state;
	const right = truncate(` ${hint} `, columns);
	const room = columns - cellWidth(right);
	const more = hidden === 0 ? '' : `M-o: ${hidden === 1 ? '1 more pane' : `${hidden} more panes`}`;
	const parts = [connection(state, theme), work(state, theme), more, ...marks(state, theme), unreadMark(unread, theme)].filter((part) => part !== '');
	const left = ` ${parts.join(theme.quiet(' · '))}`;
	const shown =
		state.finding !== undefined ? ` /${safeText(state.finding)}` : state.message === undefined ? left : ` ${theme.warning(safeText(state.message))}`;
	const clipped = styledWidth(shown) > room ? `${clipStyled(shown, room - 1)}…` : shown;
	return clipped + ' '.repeat(Math.max(0, room - styledWidth(clipped))) + theme.quiet(right);
}

function connection({uri, connection: how}: ScreenState, theme: Theme): string {
	const name = safeText(shortUri(uri));
	switch (how) {
		case 'lost':
			return theme.bad(`${name} lost`);
		case 'open':
			return name;
		case 'unknown':
			return theme.quiet(`${name} not connected`);
	}
}

/** A connection without the path of its socket, which takes the whole line. */
export function shortUri(uri: string | undefined): string {
	return uri === undefined ? '' : uri.replace(/\?.*$/, '');
}

function work({running, phase, queued, jobs}: ScreenState, theme: Theme): string {
	const words = [
		...(running === undefined ? [] : [theme.warning(`▶ ${truncate(safeText(running), 40)}${phase === undefined ? '' : ` (${safeText(phase)})`}`)]),
		...(queued.length === 0 ? [] : [`${queued.length} waiting`]),
		...(jobs === 0 ? [] : [jobs === 1 ? '1 job' : `${jobs} jobs`]),
	];
	return words.join(', ');
}

/** The current sandbox first, running or not. */
function marks({current, sandboxes}: ScreenState, theme: Theme): string[] {
	const isCurrent = ({name}: {readonly name: string}): boolean => name === current;
	const idle = current === undefined || sandboxes.some(isCurrent) ? [] : [`${theme.strong(safeText(current))} ${theme.quiet('not running')}`];
	const running = sandboxes.toSorted((a, b) => Number(isCurrent(b)) - Number(isCurrent(a)));
	return [...idle, ...running.map((each) => mark(each, theme, isCurrent(each)))];
}

function mark({name, state}: {readonly name: string; readonly state: string}, theme: Theme, isCurrent: boolean): string {
	const text = isCurrent ? theme.strong(safeText(name)) : safeText(name);
	return state === 'running' ? `${theme.good('●')} ${text}` : `${theme.warning('○')} ${text} ${theme.quiet(state)}`;
}

function unreadMark(unread: readonly string[], theme: Theme): string {
	return unread.length === 0 ? '' : theme.warning(`new: ${unread.map(safeText).join(' ')}`);
}
