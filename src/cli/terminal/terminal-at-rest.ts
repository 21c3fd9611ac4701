// How a terminal stands that nobody has told anything, and what tells it otherwise.

/**
 * Modes of a terminal that programs switch on for themselves: keys and keyboards, scrolling, reverse screen, margins, mouse, focus, paste, bells,
 * graphics, synchronised output, reports.
 */
export const switchedOff = new Set([
	1, 4, 5, 9, 12, 40, 41, 42, 44, 45, 46, 66, 67, 69, 80, 95, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 1036, 1037, 1039, 1041, 1042, 1043,
	1044, 1045, 1050, 1051, 1052, 1053, 1060, 1061, 2001, 2002, 2003, 2004, 2005, 2006, 2026, 2027, 2031, 2048, 2501, 5522, 7727, 8452, 9001, 19_997,
]);
/**
 * Modes that are on in a terminal at rest: autowrap, keys that repeat, the cursor, another font by keys, meta and modifier keys, a selection that stays, another
 * screen where one is asked for, colours of one's own.
 */
export const switchedOn = new Set([7, 8, 25, 35, 1034, 1035, 1040, 1046, 1070]);
/**
 * Others that are on already, or that move the cursor: scrolling down with output or by a key, bold text that is bright, a cursor that is kept, lines that are broken anew.
 */
export const leftOn = new Set([1010, 1011, 1021, 1048, 2028]);
/** Where terminals have modes of their own, more each year. */
export const ownModes = {first: 1000, last: 2999} as const;
export const alternateScreens = new Set([47, 1047, 1049]);
/** Of 132, where the terminal is allowed that; and an origin in the scroll region. */
export const [columnsMode, allowingMode, originMode] = [3, 40, 6];
/** Who puts these back where they are off already has the cursor move, or the screen cleared. */
export const movingModes = new Set([columnsMode, originMode, ...alternateScreens]);
export const blinkMode = 12;
/** Switched off it makes a VT52 of the terminal, which knows no other sequence than the one that ends that. */
export const ansiMode = 2;
/** Switched on it makes a plotter of the terminal, which draws what comes, until it is told to end that. */
export const plotterMode = 38;
/** Modes of ANSI, as they are in a terminal at rest: a keyboard that is locked, controls that are shown, insertion, no local echo, a line feed that returns too. */
export const ansiModes: ReadonlyMap<string, 'h' | 'l'> = new Map([
	['2', 'l'],
	['3', 'l'],
	['4', 'l'],
	['12', 'h'],
	['20', 'l'],
]);
/** Of these, what has no key told to anybody. */
export const keyboardLock = '2';
/** Colours of the terminal that a guest can set (OSC), and what sets them back. */
export const colours: Readonly<Record<string, string>> = Object.fromEntries(
	[4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map((colour) => [colour, `${colour + 100}`]),
);
/** Colours that some know by names (OSC 21), which set them back by themselves. */
export const namedColours = [
	'foreground',
	'background',
	'selection_foreground',
	'selection_background',
	'cursor',
	'cursor_text',
	'visual_bell',
	...[1, 2, 3, 4, 5, 6, 7].map((index) => `transparent_background_color${index}`),
];
/** What stands there in a terminal at rest, by how a sequence begins that says so: US-ASCII (instead of sets with 96 characters, too), UTF-8, controls of seven bits. */
export const usualDesignations: Readonly<Record<string, string>> = {
	'(': '(B',
	')': ')B',
	'*': '*B',
	'+': '+B',
	'-': ')B',
	'.': '*B',
	'/': '+B',
	'%': '%G',
	' ': ' F',
};
/** How many kinds of keys have modifiers that can be set. */
export const keyKinds = 8;
/** How many settings of its keyboard a terminal keeps at most. */
export const mostKept = 99;
