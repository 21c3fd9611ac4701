/** What commands yield: data, never text. The text, JSON and screen renderers all start from it. Shapes: contract, "JSON". */
export type Cell = string | number | boolean | null;

export interface Column {
	readonly name: string;
	readonly unit?: string;
}

export type Output =
	| {readonly kind: 'table'; readonly columns: readonly Column[]; readonly rows: ReadonlyArray<Readonly<Record<string, Cell>>>}
	| {readonly kind: 'record'; readonly type: string; readonly fields: Readonly<Record<string, unknown>>}
	| {readonly kind: 'document'; readonly format: 'xml' | 'json' | 'text'; readonly text: string}
	| {readonly kind: 'changes'; readonly changes: readonly Change[]}
	| {readonly kind: 'notice'; readonly level: 'info' | 'warning' | 'error'; readonly code: string; readonly message: string; readonly hint?: string}
	| {readonly kind: 'progress'; readonly phase: string; readonly state: 'started' | 'done' | 'failed'; readonly elapsedMs: number}
	| {readonly kind: 'output'; readonly stream: 'stdout' | 'stderr' | 'tty'; readonly data: Uint8Array}
	| {readonly kind: 'exit'; readonly status: number};

/** A table of some fields of its rows, in this order; what is not known is null. */
export function tableOf<Name extends string>(names: readonly Name[], rows: ReadonlyArray<Readonly<Record<Name, Cell | undefined>>>): Output {
	return {
		kind: 'table',
		columns: names.map((name) => ({name})),
		rows: rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name] ?? null]))),
	};
}

/** One difference between two specs or documents, and when it takes effect. */
export interface Change {
	readonly path: string;
	readonly from: string | null;
	readonly to: string | null;
	readonly effect: 'live' | 'next start' | 'new sandbox' | 'none';
}
