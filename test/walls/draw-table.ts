import {expectationOf, groups} from './all-probes.ts';
import {ownWays, type Expectation, type Findings, type OwnWay, type Probe} from './probe.ts';

/** Another program's column. */
export interface Column {
	readonly title: string;
	resultOf(probe: Probe): Findings | undefined;
}

const titles: Readonly<Record<OwnWay, string>> = {
	container: 'container',
	idmap: '`--idmap`',
	root: '`--root`',
	machine: 'machine',
	session: "user's machine",
};

/** The table of walls as Markdown: a table a group, then the reasons of the cells that do not hold or that cannot be asked. */
export function drawTable(others: readonly Column[]): string {
	const reasons: string[] = [];
	const noteOf = (reason: string): number => {
		if (!reasons.includes(reason)) reasons.push(reason);
		return reasons.indexOf(reason) + 1;
	};
	const cellOf = (expected: Expectation): string => {
		if (expected === 'held') return 'held';
		return 'documented' in expected ? `**documented** (${noteOf(expected.documented)})` : `– (${noteOf(expected.notApplicable)})`;
	};
	const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
	const heads = ['Wall', ...ownWays.map((way) => titles[way]), ...others.map(({title}) => title)];
	const tables = groups.map(([title, probes]) => {
		const rows = probes.map((probe) => {
			const theirs = others.map(({resultOf}) => {
				const found = resultOf(probe);
				return found === undefined ? '–' : found.length === 0 ? 'held' : '**open**';
			});
			return row([probe.wall.replaceAll('|', '\\|'), ...ownWays.map((way) => cellOf(expectationOf(probe, way))), ...theirs]);
		});
		return [`### ${title}`, '', row(heads), row(heads.map(() => '---')), ...rows, ''].join('\n');
	});
	return [...tables, ...reasons.map((reason, index) => `${index + 1}. ${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`), ''].join('\n');
}

/** The cells of our own columns in a published table, by the wall's sentence. */
export function readOwnCells(markdown: string): ReadonlyMap<string, readonly string[]> {
	const rows = markdown.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| Wall ') && !line.startsWith('| --- '));
	return new Map(
		rows.map((line) => {
			const [wall = '', ...cells] = line.slice(2, -2).split(' | ');
			return [wall, cells.slice(0, ownWays.length)];
		}),
	);
}
