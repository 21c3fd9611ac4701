import type {DomainFigures, Sandboxes} from '../../commands/sandboxes.ts';
import {clockMs} from '../../core/clock-ms.ts';
import {cellWidth, padCells, safeText, truncate} from '../../core/text.ts';
import {describeSize} from '../../core/units.ts';
import type {Theme} from '../draw/theme.ts';

/** Between two looks, in milliseconds. */
const periodMs = 2000;
const columns = ['Name', 'State', 'CPU %', 'Memory', 'Read', 'Written', 'Received', 'Sent'] as const;

interface TopOptions {
	readonly sandboxes: Pick<Sandboxes, 'stats'>;
	readonly uri: () => string | undefined;
	readonly theme: Theme;
	readonly onRows: (rows: readonly string[]) => void;
}

/** Looks at what sandboxes use while somebody wants to see it: what begins and ends that. */
export function createTop({sandboxes, uri, theme, onRows}: TopOptions): (isShown: boolean) => void {
	let timer: NodeJS.Timeout | undefined;
	let isShown = false;
	let before: {readonly atMs: number; readonly figures: readonly DomainFigures[]} | undefined;

	async function look(): Promise<void> {
		try {
			const figures = await sandboxes.stats(undefined, {uri: uri(), signal: AbortSignal.timeout(periodMs * 2)});
			const atMs = clockMs();
			onRows(topRows(figures, before, atMs, theme));
			before = {atMs, figures};
		} catch (error) {
			onRows([theme.bad(`  ${safeText(error instanceof Error ? error.message : String(error))}`)]);
		}
		if (isShown) {
			timer = setTimeout(() => void look(), periodMs);
		}
	}

	return (wanted) => {
		if (wanted === isShown) {
			return;
		}
		isShown = wanted;
		clearTimeout(timer);
		before = undefined;
		if (wanted) {
			void look();
		}
	};
}

/** The figures as a table, the busiest first; CPU time over the time between two looks. */
export function topRows(
	figures: readonly DomainFigures[],
	before: {readonly atMs: number; readonly figures: readonly DomainFigures[]} | undefined,
	atMs: number,
	theme: Theme,
): readonly string[] {
	const share = (each: DomainFigures): number | undefined => {
		const old = before?.figures.find(({name}) => name === each.name);
		const elapsed = before === undefined ? 0 : atMs - before.atMs;
		return old?.cpuTimeMs === undefined || old.cpuTimeMs === null || each.cpuTimeMs === null || elapsed <= 0
			? undefined
			: Math.max(0, ((each.cpuTimeMs - old.cpuTimeMs) / elapsed) * 100);
	};
	const size = (kib: number | null): string => (kib === null ? '-' : describeSize(kib * 1024));
	const cells = figures
		.map((each) => ({each, cpu: share(each)}))
		.toSorted((a, b) => (b.cpu ?? 0) - (a.cpu ?? 0))
		.map(({each, cpu}) => [
			truncate(safeText(each.name), 24),
			safeText(each.state),
			cpu === undefined ? '-' : cpu.toFixed(1),
			...[each.memoryKiB, each.readKiB, each.writtenKiB, each.receivedKiB, each.sentKiB].map(size),
		]);
	const widths = columns.map((heading, index) => Math.max(cellWidth(heading), ...cells.map((row) => cellWidth(row[index] ?? ''))));
	const line = (row: readonly string[]): string => `  ${row.map((cell, index) => padCells(cell, widths[index] ?? 0)).join('  ')}`.trimEnd();
	return [theme.strong(line(columns)), ...(cells.length === 0 ? [theme.quiet('  Nothing runs')] : cells.map(line))];
}
