const privateModes = [
	1, 5, 6, 7, 12, 25, 45, 47, 66, 67, 69, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1034, 1047, 1048, 1049, 2004, 2026, 2027, 2031,
];

/** Every sequence by which a program changes its terminal for good, except a full reset. Two parts, each short enough for a line that is typed. */
const parts: readonly string[] = [
	[
		...privateModes.map((mode) => `\x1b[?${mode}${mode === 7 || mode === 25 ? 'l' : 'h'}`),
		'\x1b[4h\x1b[20h',
		'\x1b=',
		// Keyboard protocols of kitty and xterm.
		'\x1b[>31u\x1b[=5u\x1b[>4;2m\x1b[>1;2m',
	].join(''),
	[
		// Character sets, shifts.
		'\x1b(0\x1b)0\x1b*0\x1b+0\x1bn\x0e',
		// Scroll region, cursor style, protected text, style.
		'\x1b[5;10r\x1b[5 q\x1b[1"q\x1b[1;5;7;31;44m',
		// Title, clipboard, colours.
		'\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b]4;1;rgb:00/00/00\x07\x1b]10;#111111\x07\x1b]11;#eeeeee\x1b\\\x1b]12;red\x07',
		// A half sequence.
		'GUEST-IS-DONE\x1b[?10',
	].join(''),
];

/** Commands for a shell that sends all of it; the end of it shows as `everythingSent`. */
export const sendEverything = [
	...parts.map((part, index) => `p${index}='${Array.from(part, (each) => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`).join('')}'`),
	'printf "$p0$p1"',
];

export const everythingSent = 'GUEST-IS-DONE';
