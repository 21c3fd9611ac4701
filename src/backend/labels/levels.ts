/** The level or range of a context `user:role:type:level`. */
export function levelOf(context: string): string {
	return context.split(':').slice(3).join(':');
}

/** The upper level of a range: what a process with it may reach. */
export function upperLevel(level: string): string {
	const dash = level.indexOf('-');
	return dash < 0 ? level : level.slice(dash + 1);
}

/** Categories of a level, in order; `c1.c3` is three of them. */
export function categoriesOf(level: string): number[] {
	const colon = level.indexOf(':');
	if (colon < 0) return [];
	const categories = new Set<number>();
	for (const part of level.slice(colon + 1).split(',')) {
		const [, from, to] = /^c(\d{1,4})(?:\.c(\d{1,4}))?$/.exec(part) ?? [];
		if (from === undefined) continue;
		for (let category = Number(from); category <= Number(to ?? from); category++) categories.add(category);
	}
	return [...categories].toSorted((a, b) => a - b);
}

/** Whether two contexts mean the same, whatever the order of their categories. */
export function isSameContext(one: string, other: string): boolean {
	return normalise(one) === normalise(other);
}

function normalise(context: string): string {
	const [user = '', role = '', type = ''] = context.split(':');
	const levels = levelOf(context)
		.split('-')
		.map((level) => `${level.split(':')[0] ?? ''}:${categoriesOf(level).join(',')}`);
	// A range of one level is that level.
	const range = levels.length === 2 && levels[0] === levels[1] ? levels.slice(1) : levels;
	return [user, role, type, ...range].join(':');
}

/** A pair of categories, c0 to c1023, that none of these contexts has. `random`: a whole number below its argument. */
export function choosePair(taken: readonly string[], random: (below: number) => number): string {
	const used = new Set(taken.map((context) => categoriesOf(upperLevel(levelOf(context))).join(',')));
	for (;;) {
		const [one, other] = [random(1024), random(1024)].toSorted((a, b) => a - b);
		if (one !== undefined && other !== undefined && one !== other && !used.has(`${one},${other}`)) return `s0:c${one},c${other}`;
	}
}

/** A context with another level. */
export function withLevel(context: string, level: string): string {
	return [...context.split(':').slice(0, 3), level].join(':');
}
