import {optionGroups} from '../spec/key.ts';
import {type OptionRow, optionTable} from './virt-sandbox-options.ts';

/** Lines to try, each with what it does. */
export const examples: ReadonlyArray<readonly [line: string, explanation: string]> = [
	['virt-sandbox id', 'run a command on a read-only view of this host'],
	['virt-sandbox -m host-bind:/src=$PWD -- make -C /src', 'let it write to one directory'],
	['virt-sandbox -m ram:/scratch=64M -- sh', 'a shell with a scratch directory in memory'],
	['virt-sandbox --timeout 10 --memory 128M -- ./tests', 'stop it after 10 seconds'],
	['virt-sandbox --dry-run -p -- true', 'check, and show the domain XML'],
	['virt-sandbox --keep -n web -- sleep 1h', 'leave one running'],
	['virt-sandbox --exec web -- ps', 'and run something in it'],
];

/** What each exit status means. */
export const statusWords = [
	["the command's", 'it ended by itself'],
	['128 + N', 'signal N ended it'],
	['124', '--timeout stopped it'],
	['125', 'a fault of virt-sandbox, a wrong option, or output that could not be written'],
	['126', 'the command cannot be executed'],
	['127', 'the command is not found'],
] as const;

const width = 80;

/** The text of --help, ended by a newline. */
export function helpText(): string {
	const rows: readonly OptionRow[] = optionTable;
	const left = Math.max(...rows.map((row) => heading(row).length)) + 2;
	const column = Math.min(left, 30);
	const lines = ['Usage: virt-sandbox [OPTIONS] [--] COMMAND [ARGS…]', '', 'Runs COMMAND in a sandbox of libvirt, on a read-only view of this host.'];
	for (const group of optionGroups) {
		const members = rows.filter((row) => row.group === group);
		if (members.length === 0) continue;
		lines.push('', `${group}:`);
		for (const row of members) lines.push(...entry(heading(row), describe(row), column));
	}
	lines.push('', 'Examples:');
	for (const [line, explanation] of examples) lines.push(`  ${line}`, `      ${explanation}`);
	lines.push(
		'',
		"Exit status: the command's; 128 + N when signal N ended it; 124 after --timeout;",
		'125 a fault of virt-sandbox; 126 cannot be executed; 127 not found.',
	);
	return `${lines.join('\n')}\n`;
}

function heading(row: OptionRow): string {
	const short = row.short === undefined ? '    ' : `-${row.short}, `;
	return `  ${short}--${row.long}${row.value === undefined ? '' : ` ${row.value}`}`;
}

function describe(row: OptionRow): string {
	return row.repeat ? `${row.help}; may repeat` : row.help;
}

function entry(left: string, text: string, column: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		if (line !== '' && column + line.length + 1 + word.length > width) {
			lines.push(line);
			line = word;
		} else line = line === '' ? word : `${line} ${word}`;
	}
	lines.push(line);
	const indent = ' '.repeat(column);
	if (left.length + 2 > column) return [left, ...lines.map((part) => indent + part)];
	return lines.map((part, index) => (index === 0 ? left.padEnd(column) : indent) + part);
}
