export const partNames = ['prompt', 'quiet', 'strong', 'good', 'bad', 'warning', 'selected', 'title', 'activeTitle', 'match'] as const;

/** How parts of the screen look. Each takes text and gives it back with what the terminal needs to know. */
export type Theme = Readonly<Record<(typeof partNames)[number], (text: string) => string>>;

/** How a person wants parts of the screen to look. */
export type ThemeChanges = Readonly<Partial<Record<keyof Theme, Look>>>;

/** Parameters of SGR. */
export interface Look {
	readonly on: string;
	readonly off: string;
}

/** Wraps text in an attribute, again behind each reset within it. */
function attribute(on: string, off: string): (text: string) => string {
	return (text) => (text === '' ? '' : `\x1b[${on}m${text.replaceAll('\x1b[0m', `\x1b[0m\x1b[${on}m`)}\x1b[${off}m`);
}

/** A theme of the terminal's own colours, with what a person has changed; without colour, attributes only. */
export function createTheme(colour: boolean, changes: ThemeChanges = {}): Theme {
	const plain = (text: string): string => text;
	const changed = partNames.flatMap((part) => {
		const look = colour ? changes[part] : undefined;
		return look === undefined ? [] : [[part, look.on === '' ? plain : attribute(look.on, look.off)] as const];
	});
	return {
		prompt: colour ? attribute('36', '39') : attribute('1', '22'),
		quiet: attribute('2', '22'),
		strong: attribute('1', '22'),
		good: colour ? attribute('32', '39') : plain,
		bad: colour ? attribute('31', '39') : attribute('1', '22'),
		warning: colour ? attribute('33', '39') : attribute('1', '22'),
		selected: attribute('7', '27'),
		title: attribute('2', '22'),
		activeTitle: colour ? attribute('1;36', '22;39') : attribute('1', '22'),
		match: attribute('7', '27'),
		...Object.fromEntries(changed),
	};
}
