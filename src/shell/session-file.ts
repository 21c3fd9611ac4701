import type {Definition, HistoryEntry, SessionState} from '../commands/session.ts';
import {ShellError} from '../core/errors.ts';
import {readSpecWords, writeSpecWords, type SpecWords} from '../spec/spec-words.ts';
import type {SandboxSpec} from '../spec/types.ts';

/** The version of session files that this program writes. */
const sessionVersion = 1;
/** Steps of undo and redo that are kept. */
const keptSteps = 100;

/** What an interactive session leaves for the next one. */
interface SavedSession {
	readonly state: SessionState;
	readonly past: readonly HistoryEntry[];
	readonly future: readonly HistoryEntry[];
}

/** Writes a session as the text of its file. */
export function writeSession({state, past, future}: SavedSession): string {
	const specs = createTable<SandboxSpec, SpecWords>(writeSpecWords);
	const definitions = createTable<Definition, unknown>(({name, spec, baseline, origins}) => ({
		name,
		spec: specs.index(spec),
		baseline: specs.index(baseline),
		origins,
	}));
	const saveState = (each: SessionState) => ({
		current: each.current ?? null,
		// Indices: states share most of theirs.
		definitions: [...each.definitions.values()].map((definition) => definitions.index(definition)),
	});
	const saveEntry = (entry: HistoryEntry) => ({line: entry.line, state: saveState(entry.state)});
	const saved = {state: saveState(state), past: past.slice(-keptSteps).map(saveEntry), future: future.slice(-keptSteps).map(saveEntry)};
	return `${JSON.stringify({version: sessionVersion, ...saved, definitions: definitions.values, specs: specs.values})}\n`;
}

/** Reads what writeSession wrote; throws a ShellError for anything else. */
export function readSession(text: string, what: string): SavedSession {
	try {
		const file: unknown = JSON.parse(text);
		const version = field(file, 'version');
		if (typeof version === 'number' && version > sessionVersion) {
			throw new ShellError('refused', `${what} has version ${version}, and this program knows ${sessionVersion}`, {
				hint: 'It is left as it is; use a later virt-sandbox-shell.',
			});
		}
		const specs = list(field(file, 'specs')).map(readSpecWords);
		const definitions = list(field(file, 'definitions')).map((each): Definition => {
			const origins = Object.entries(Object(field(each, 'origins'))).map(([path, line]) => [path, String(line)] as const);
			return {
				name: string(field(each, 'name')),
				spec: at(specs, field(each, 'spec')),
				baseline: at(specs, field(each, 'baseline')),
				origins: Object.fromEntries(origins),
			};
		});
		const readState = (each: unknown): SessionState => {
			const current = field(each, 'current');
			return {
				definitions: new Map(list(field(each, 'definitions')).map((index) => [at(definitions, index).name, at(definitions, index)])),
				current: current === null ? undefined : string(current),
			};
		};
		const readEntry = (each: unknown): HistoryEntry => ({line: string(field(each, 'line')), state: readState(field(each, 'state'))});
		return {state: readState(field(file, 'state')), past: list(field(file, 'past')).map(readEntry), future: list(field(file, 'future')).map(readEntry)};
	} catch (error) {
		if (error instanceof ShellError && error.code === 'refused') {
			throw error;
		}
		throw new ShellError('failed', `${what} is broken: ${error instanceof Error ? error.message : String(error)}`, {
			hint: 'Fix the file, or move it away.',
			cause: error,
		});
	}
}

/** Values that are written once, however often they are used. */
function createTable<T, Written>(write: (value: T) => Written) {
	const values: Written[] = [];
	const indices = new Map<T, number>();
	return {
		values,
		index(value: T): number {
			const index = indices.get(value) ?? values.push(write(value)) - 1;
			indices.set(value, index);
			return index;
		},
	};
}

function field(value: unknown, name: string): unknown {
	if (typeof value !== 'object' || value === null || !(name in value)) {
		throw new Error(`there is no ${name}`);
	}
	return Reflect.get(value, name);
}

function list(value: unknown): readonly unknown[] {
	if (!Array.isArray(value)) {
		throw new Error('a list is missing');
	}
	return value;
}

function string(value: unknown): string {
	if (typeof value !== 'string') {
		throw new Error('a text is missing');
	}
	return value;
}

function at<T>(values: readonly T[], index: unknown): T {
	const found = typeof index === 'number' ? values[index] : undefined;
	if (found === undefined) {
		throw new Error(`there is no entry ${String(index)}`);
	}
	return found;
}
