// How a terminal stands that nobody has told anything, and what tells it otherwise.

/** Modes of a terminal that programs switch on for themselves: keys, reverse screen, origin, margins, mouse, focus, paste, synchronised output, reports. */
export const switchedOff = new Set([
	1, 5, 6, 9, 12, 45, 66, 67, 69, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016, 1034, 1035, 1036, 2004, 2026, 2027, 2031, 2048,
]);
/** Modes that are on in a terminal at rest: autowrap, keys that repeat and the cursor. */
export const switchedOn = new Set([7, 8, 25]);
export const alternateScreens = new Set([47, 1047, 1049]);
export const [originMode, blinkMode] = [6, 12];
/** Switched off it makes a VT52 of the terminal, which knows no other sequence than the one that ends that. */
export const ansiMode = 2;
/** Modes of ANSI, as they are in a terminal at rest: a keyboard that is locked, insertion, no local echo, a line feed that returns too. */
export const ansiModes: ReadonlyMap<string, 'h' | 'l'> = new Map([
	['2', 'l'],
	['4', 'l'],
	['12', 'h'],
	['20', 'l'],
]);
/** Colours of the terminal that a guest can set (OSC), and what sets them back. */
export const colours: Readonly<Record<string, string>> = {'4': '104', '10': '110', '11': '111', '12': '112', '17': '117', '19': '119'};
/** What stands there in a terminal at rest: US-ASCII, UTF-8, controls of seven bits. */
export const usualDesignations: Readonly<Record<string, string>> = {'(': 'B', ')': 'B', '*': 'B', '+': 'B', '%': 'G', ' ': 'F'};
