import {usageError} from './errors.ts';

const unitBytes: Readonly<Record<string, number>> = {
	b: 1,
	k: 1024,
	kib: 1024,
	m: 1024 ** 2,
	mib: 1024 ** 2,
	g: 1024 ** 3,
	gib: 1024 ** 3,
	t: 1024 ** 4,
	tib: 1024 ** 4,
};

const sizeHint = 'Write a whole number and K, M, G or T (powers of 1024), such as 64M; without a unit it is bytes.';

/** Reads a size such as `64M`, `512KiB` or `1048576` (bytes) as bytes; refuses fractions, other units and what no number can hold. */
export function parseSize(text: string, what = 'size'): number {
	const match = /^(\d+) ?([A-Za-z]*)$/.exec(text);
	if (match === null) {
		if (text === '') {
			throw usageError(`The ${what} is empty`, sizeHint);
		}
		const reason = /^\d*[.,]\d/.test(text) ? 'is a fraction' : text.startsWith('-') ? 'is negative' : 'is not a size';
		throw usageError(`The ${what} '${text}' ${reason}`, sizeHint);
	}
	const [, digits = '', unit = ''] = match;
	const factor = unit === '' ? 1 : unitBytes[unit.toLowerCase()];
	if (factor === undefined) {
		const decimal = /^[kmgt]b$/i.test(unit);
		throw usageError(
			`The ${what} '${text}' has the unknown unit '${unit}'`,
			decimal ? `'${unit}' means powers of 1000 to some and of 1024 to others: write ${unit.slice(0, 1).toUpperCase()}iB.` : sizeHint,
		);
	}
	const bytes = Number(digits) * factor;
	if (!Number.isSafeInteger(bytes)) {
		throw usageError(`The ${what} '${text}' is too large`, 'The largest size is 8191T.');
	}
	return bytes;
}

interface SizeBounds {
	readonly allowZero?: boolean;
	/** Who leaves the unit out of less than this means MiB more often than bytes; `to`: what it takes more for. */
	readonly plain?: {readonly leastBytes: number; readonly to: string};
}

/** As `parseSize`, in KiB, rounded up; refuses 0 unless it is allowed. */
export function parseSizeKiB(text: string, what = 'size', {allowZero = false, plain}: SizeBounds = {}): number {
	const bytes = parseSize(text, what);
	if (bytes === 0 && !allowZero) {
		throw usageError(`The ${what} '${text}' is zero`, sizeHint);
	}
	if (plain !== undefined && /^\d+$/.test(text) && bytes < plain.leastBytes) {
		throw usageError(`The ${what} '${text}' is ${text} bytes, too small to ${plain.to}`, `Without a unit it is bytes; for MiB write ${text}M.`);
	}
	return Math.ceil(bytes / 1024);
}

const exactUnits = [
	['T', 1024 ** 4],
	['G', 1024 ** 3],
	['M', 1024 ** 2],
	['K', 1024],
] as const;

/** Writes bytes exactly, in the largest unit that leaves no fraction: `parseSize(formatSize(n))` is n. */
export function formatSize(bytes: number): string {
	const unit = bytes === 0 ? undefined : exactUnits.find(([, factor]) => bytes % factor === 0);
	return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`;
}

/** Writes KiB exactly, as `64M`. */
export function formatSizeKiB(sizeKiB: number): string {
	return formatSize(sizeKiB * 1024);
}

/** Writes bytes for reading, rounded to three digits: `1.46 GiB`. */
export function describeSize(bytes: number): string {
	const unit = exactUnits.find(([, factor]) => bytes >= factor);
	return unit === undefined ? `${bytes} bytes` : `${Number((bytes / unit[1]).toPrecision(bytes / unit[1] >= 1000 ? 4 : 3))} ${unit[0]}iB`;
}

const durationMs: Readonly<Record<string, number>> = {ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000};

/** The longest time a timer of the runtime can wait, in milliseconds (24.8 days). */
export const longestDurationMs = 2 ** 31 - 1;

/** Reads a time such as `10`, `0.5` (seconds), `500ms`, `2m`, `1h` as milliseconds. */
export function parseDuration(text: string, what = 'time'): number {
	const hint = 'Write seconds, such as 10 or 0.5, or a number with ms, s, m, h or d.';
	const match = /^(\d+(?:\.\d+)?)(ms|[smhd])?$/.exec(text);
	if (match === null) {
		throw usageError(text === '' ? `The ${what} is empty` : `The ${what} '${text}' is not a time`, hint);
	}
	const milliseconds = Math.round(Number(match[1]) * (durationMs[match[2] ?? 's'] ?? 1000));
	if (milliseconds > longestDurationMs) {
		throw usageError(`The ${what} '${text}' is too long`, 'The longest time is 24 days.');
	}
	return milliseconds;
}

/** Writes milliseconds exactly: as seconds where they are whole, else with ms. */
export function formatDuration(milliseconds: number): string {
	return milliseconds % 1000 === 0 ? String(milliseconds / 1000) : `${milliseconds}ms`;
}

/** Milliseconds for reading: no finer than a microsecond. */
export function roundMs(milliseconds: number): number {
	return Math.round(milliseconds * 1000) / 1000;
}

/** Reads a whole number of decimal digits within bounds. */
export function parseInteger(text: string, what: string, minimum: number, maximum: number): number {
	const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
	if (!(value >= minimum && value <= maximum)) {
		throw usageError(`The ${what} '${text}' is not a whole number from ${minimum} to ${maximum}`, `Write a number from ${minimum} to ${maximum}.`);
	}
	return value;
}
