/** A type of XML Schema with its limits. */
export interface DataType {
	readonly name: string;
	readonly params: ReadonlyArray<readonly [name: string, value: string]>;
}

type Range = readonly [least: bigint | undefined, most: bigint | undefined];

const integers: Readonly<Record<string, Range>> = {
	integer: [undefined, undefined],
	positiveInteger: [1n, undefined],
	nonNegativeInteger: [0n, undefined],
	long: [-(2n ** 63n), 2n ** 63n - 1n],
	unsignedLong: [0n, 2n ** 64n - 1n],
	int: [-(2n ** 31n), 2n ** 31n - 1n],
	unsignedInt: [0n, 2n ** 32n - 1n],
	short: [-(2n ** 15n), 2n ** 15n - 1n],
	unsignedShort: [0n, 2n ** 16n - 1n],
	unsignedByte: [0n, 255n],
};

const forms: Readonly<Record<string, RegExp>> = {
	double: /^(?:[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|-?INF|NaN)$/,
	decimal: /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)$/,
	NCName: /^[\p{L}_][-.\p{L}\p{Nd}\p{M}_]*$/u,
	dateTime: /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)?$/,
};

/** Texts of these types may be anything. */
const texts: ReadonlySet<string> = new Set(['string', 'token', 'normalizedString', 'anyURI']);

/** Text with no more blanks than between words. */
export function collapse(text: string): string {
	return text.trim().replace(/[ \t\r\n]+/g, ' ');
}

/** Whether this program can tell whether a text is of a type. */
export function isKnownType({name}: DataType): boolean {
	return texts.has(name) || Object.hasOwn(integers, name) || Object.hasOwn(forms, name);
}

/** The least and the most that an integer may be; undefined: the type is none. */
export function rangeOf({name, params}: DataType): Range | undefined {
	const range = Object.hasOwn(integers, name) ? integers[name] : undefined;
	if (range === undefined) return undefined;
	const given = (key: string): bigint | undefined => {
		const value = params.find(([param]) => param === key)?.[1];
		return value === undefined || !/^[-+]?\d+$/.test(value) ? undefined : BigInt(value.replace('+', ''));
	};
	return [given('minInclusive') ?? range[0], given('maxInclusive') ?? range[1]];
}

const patterns = new Map<string, RegExp>();

/** A pattern of XML Schema, for a whole text. */
function patternOf(source: string): RegExp {
	let pattern = patterns.get(source);
	if (pattern === undefined) {
		// Outside of a set these two are themselves there.
		const translated = source.replaceAll(/\\.|\[(?:\\.|[^\]])*\]|[$^]/g, (part) => (part === '$' || part === '^' ? `\\${part}` : part));
		pattern = new RegExp(`^(?:${translated})$`);
		patterns.set(source, pattern);
	}
	return pattern;
}

/** Whether a text is of a type. */
export function isOfType(type: DataType, text: string): boolean {
	const value = type.name === 'string' ? text : collapse(text);
	const range = rangeOf(type);
	if (range !== undefined) {
		if (!/^[-+]?\d{1,40}$/.test(value)) return false;
		const number = BigInt(value.replace('+', ''));
		if ((range[0] !== undefined && number < range[0]) || (range[1] !== undefined && number > range[1])) return false;
	}
	if (Object.hasOwn(forms, type.name) && forms[type.name]?.test(value) !== true) return false;
	// As libxml2 has it: a pattern is of the text with its blanks.
	return type.params.every(([name, limit]) => holds(name, limit, name === 'pattern' ? text : value));
}

function holds(name: string, limit: string, value: string): boolean {
	switch (name) {
		case 'pattern':
			return patternOf(limit).test(value);
		case 'minInclusive':
			return Number(value) >= Number(limit);
		case 'maxInclusive':
			return Number(value) <= Number(limit);
		case 'minExclusive':
			return Number(value) > Number(limit);
		case 'maxExclusive':
			return Number(value) < Number(limit);
		case 'length':
			return Array.from(value).length === Number(limit);
		case 'minLength':
			return Array.from(value).length >= Number(limit);
		case 'maxLength':
			return Array.from(value).length <= Number(limit);
		default:
			return true;
	}
}
