import {ShellError} from '../core/errors.ts';
import {didYouMean} from '../core/nearest-word.ts';
import type {SandboxSpec} from '../spec/types.ts';

/** A sandbox as this session describes it. */
export interface Definition {
	readonly name: string;
	readonly spec: SandboxSpec;
	/** What was last saved as a profile or started; the definition is dirty when it differs. */
	readonly baseline: SandboxSpec;
	/** Path of a value (`memory`, `mount /tmp`) → the line that set it. */
	readonly origins: Readonly<Record<string, string>>;
}

export interface SessionState {
	readonly definitions: ReadonlyMap<string, Definition>;
	readonly current: string | undefined;
}

export interface HistoryEntry {
	/** The command line that led from `state` to the next one. */
	readonly line: string;
	readonly state: SessionState;
}

const historyLimit = 1000;

/** Definitions with undo: each change makes a new state, old ones are kept. */
export class Session {
	#state: SessionState;
	#past: HistoryEntry[] = [];
	#future: HistoryEntry[] = [];
	/** URI that `connect` chose. */
	uri: string | undefined;
	readonly: boolean;

	constructor(
		options: {state?: SessionState; past?: readonly HistoryEntry[]; future?: readonly HistoryEntry[]; uri?: string | undefined; readonly?: boolean} = {},
	) {
		this.#state = options.state ?? {definitions: new Map(), current: undefined};
		this.#past = [...(options.past ?? [])];
		this.#future = [...(options.future ?? [])];
		this.uri = options.uri;
		this.readonly = options.readonly ?? false;
	}

	get state(): SessionState {
		return this.#state;
	}

	get past(): readonly HistoryEntry[] {
		return this.#past;
	}

	get future(): readonly HistoryEntry[] {
		return this.#future;
	}

	get definitions(): readonly Definition[] {
		return [...this.#state.definitions.values()];
	}

	get current(): Definition | undefined {
		return this.#state.current === undefined ? undefined : this.#state.definitions.get(this.#state.current);
	}

	/** The definition of that name, or the current one; throws when there is none. */
	definition(name?: string): Definition {
		if (name === undefined) {
			const current = this.current;
			if (current === undefined) {
				throw new ShellError('refused', 'No sandbox is current', {hint: "Make one with 'new NAME', or choose one with 'use NAME'."});
			}
			return current;
		}
		const found = this.#state.definitions.get(name);
		if (found === undefined) {
			throw new ShellError('not-found', `No definition is named '${name}'`, {hint: this.#nameHint(name)});
		}
		return found;
	}

	has(name: string): boolean {
		return this.#state.definitions.has(name);
	}

	/** Refuses a name that a definition has. */
	requireFree(name: string, hint = `Remove it with 'delete ${name}', or choose another name.`): void {
		if (this.has(name)) throw new ShellError('refused', `A definition named '${name}' already exists`, {hint});
	}

	/** Puts a definition in place of the one of that name, or at the end, and makes a step that undo takes back. */
	put(definition: Definition, line: string, options: {current?: boolean} = {}): void {
		const definitions = new Map(this.#state.definitions);
		definitions.set(definition.name, definition);
		this.#step({definitions, current: options.current === true ? definition.name : this.#state.current}, line);
	}

	/** Gives a definition a new spec. `set`, `unset`: the paths that the line has set, and those whose origins are forgotten. */
	update(name: string, spec: SandboxSpec, line: string, {set, unset}: {readonly set: readonly string[]; readonly unset: readonly string[]}): void {
		const old = this.definition(name);
		const kept = Object.entries(old.origins).filter(([path]) => !unset.includes(path));
		this.put({...old, spec, origins: Object.fromEntries([...kept, ...set.map((path) => [path, line] as const)])}, line);
	}

	rename(from: string, definition: Definition, line: string): void {
		const entries = [...this.#state.definitions].map(([name, value]) =>
			name === from ? ([definition.name, definition] as const) : ([name, value] as const),
		);
		const current = this.#state.current === from ? definition.name : this.#state.current;
		this.#step({definitions: new Map(entries), current}, line);
	}

	delete(name: string, line: string): void {
		const definitions = new Map(this.#state.definitions);
		definitions.delete(name);
		this.#step({definitions, current: this.#state.current === name ? undefined : this.#state.current}, line);
	}

	/** Choosing is no change: undo passes over it. */
	use(name: string | undefined): void {
		this.#state = {...this.#state, current: name === undefined ? undefined : this.definition(name).name};
	}

	/** Remembers that the definition, as it is, was saved or started. No step of undo. */
	settle(name: string, spec: SandboxSpec): void {
		const old = this.#state.definitions.get(name);
		if (old !== undefined) {
			this.#state = {...this.#state, definitions: new Map(this.#state.definitions).set(name, {...old, baseline: spec})};
		}
	}

	/** Takes over what another process has made of the session. No step of undo, and no step takes it back; undefined: deleted there. */
	adopt(changes: ReadonlyMap<string, Definition | undefined>): void {
		const adopted = ({definitions: old, current}: SessionState, isNow: boolean): SessionState => {
			const definitions = new Map(old);
			for (const [name, definition] of changes) {
				if (definition !== undefined) {
					definitions.set(name, definition);
				} else if (isNow) {
					definitions.delete(name);
				}
			}
			return {definitions, current: current !== undefined && definitions.has(current) ? current : undefined};
		};
		const earlier = ({line, state}: HistoryEntry): HistoryEntry => ({line, state: adopted(state, false)});
		this.#state = adopted(this.#state, true);
		this.#past = this.#past.map(earlier);
		this.#future = this.#future.map(earlier);
	}

	undo(): HistoryEntry | undefined {
		return this.#move(this.#past, this.#future);
	}

	redo(): HistoryEntry | undefined {
		return this.#move(this.#future, this.#past);
	}

	#move(from: HistoryEntry[], to: HistoryEntry[]): HistoryEntry | undefined {
		const entry = from.pop();
		if (entry !== undefined) {
			to.push({line: entry.line, state: this.#state});
			this.#state = entry.state;
		}
		return entry;
	}

	#step(state: SessionState, line: string): void {
		this.#past.push({line, state: this.#state});
		if (this.#past.length > historyLimit) {
			this.#past.shift();
		}
		this.#future = [];
		this.#state = state;
	}

	#nameHint(name: string): string {
		const names = [...this.#state.definitions.keys()];
		return didYouMean(name, names) ?? (names.length === 0 ? `Make it with 'new ${name}'.` : `Defined here: ${names.join(', ')}.`);
	}
}

/** Whether a definition differs from what was saved or started. */
export function isDirty(definition: Definition): boolean {
	return definition.spec !== definition.baseline && JSON.stringify(definition.spec) !== JSON.stringify(definition.baseline);
}
