/** Colours by meaning. */
export type Style = Readonly<Record<'heading' | 'good' | 'bad' | 'warning' | 'quiet', (text: string) => string>>;

const same = (text: string) => text;

/** No colours at all. */
export const plainStyle: Style = {heading: same, good: same, bad: same, warning: same, quiet: same};

/** Whether a stream gets colours: a terminal that can, and no NO_COLOR. */
export function wantsColour(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): boolean {
	return isTerminal && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
}

/** The terminal's colours; chalk is loaded here and nowhere else. */
export async function loadColourStyle(): Promise<Style> {
	const {Chalk} = await import('chalk');
	const chalk = new Chalk({level: 1});
	return {heading: chalk.bold, good: chalk.green, bad: chalk.red, warning: chalk.yellow, quiet: chalk.dim};
}
