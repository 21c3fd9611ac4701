import type {DataType} from './data-types.ts';
import type {NameClass} from './name-class.ts';

/** What may stand at a place of a document. Patterns that are the same are one object, so that `id` tells them apart. */
export type Pattern = {readonly id: number; readonly nullable: boolean} & (
	| {readonly kind: 'empty' | 'text' | 'nothing'}
	| {readonly kind: 'element'; readonly names: NameClass; readonly body: () => Pattern}
	| {readonly kind: 'attribute'; readonly names: NameClass; readonly value: Pattern}
	| {readonly kind: 'choice'; readonly of: readonly Pattern[]}
	| {readonly kind: 'group' | 'interleave'; readonly first: Pattern; readonly second: Pattern}
	| {readonly kind: 'repeated' | 'list'; readonly of: Pattern}
	/** What of an open element is still to come, and what follows it. */
	| {readonly kind: 'within'; readonly first: Pattern; readonly second: Pattern}
	| {readonly kind: 'value'; readonly value: string}
	| {readonly kind: 'data'; readonly type: DataType; readonly except: Pattern | undefined}
);

/** A pattern of one kind. */
export type PatternOf<Kind extends Pattern['kind']> = Pattern & {readonly kind: Kind};

type Made<Each> = Each extends unknown ? Omit<Each, 'id'> : never;

/** Makes patterns, each once. The makers may be taken out of it. */
export class Patterns {
	readonly #made = new Map<string, Pattern>();
	#last = 0;
	readonly nothing = this.#make('nothing', {kind: 'nothing', nullable: false});
	readonly empty = this.#make('empty', {kind: 'empty', nullable: true});
	readonly text = this.#make('text', {kind: 'text', nullable: true});

	#make(key: string, pattern: Made<Pattern>): Pattern {
		const made = this.#made.get(key) ?? {...pattern, id: ++this.#last};
		this.#made.set(key, made);
		return made;
	}

	/** How many there are. */
	get size(): number {
		return this.#made.size;
	}

	readonly choice = (...of: readonly Pattern[]): Pattern => {
		const all = new Map(of.flatMap((each) => (each.kind === 'choice' ? each.of : each.kind === 'nothing' ? [] : [each])).map((each) => [each.id, each]));
		const [first, second] = all.values();
		if (first === undefined) return this.nothing;
		if (second === undefined) return first;
		const ordered = [...all.values()].toSorted((one, other) => one.id - other.id);
		return this.#make(`choice ${ordered.map(({id}) => id).join(' ')}`, {kind: 'choice', of: ordered, nullable: ordered.some(({nullable}) => nullable)});
	};

	readonly group = (first: Pattern, second: Pattern): Pattern => {
		return this.#pair('group', first, second);
	};

	readonly interleave = (first: Pattern, second: Pattern): Pattern => {
		return first.id > second.id ? this.#pair('interleave', second, first) : this.#pair('interleave', first, second);
	};

	#pair(kind: 'group' | 'interleave', first: Pattern, second: Pattern): Pattern {
		if (first.kind === 'nothing' || second.kind === 'nothing') return this.nothing;
		if (first.kind === 'empty') return second;
		if (second.kind === 'empty') return first;
		return this.#make(`${kind} ${first.id} ${second.id}`, {kind, first, second, nullable: first.nullable && second.nullable});
	}

	readonly within = (first: Pattern, second: Pattern): Pattern => {
		if (first.kind === 'nothing' || second.kind === 'nothing') return this.nothing;
		return this.#make(`within ${first.id} ${second.id}`, {kind: 'within', first, second, nullable: false});
	};

	readonly repeated = (of: Pattern): Pattern => {
		if (of.kind === 'nothing' || of.kind === 'empty') return of;
		return this.#make(`repeated ${of.id}`, {kind: 'repeated', of, nullable: of.nullable});
	};

	readonly list = (of: Pattern): Pattern => {
		return this.#make(`list ${of.id}`, {kind: 'list', of, nullable: false});
	};

	readonly value = (value: string): Pattern => {
		return this.#make(`value ${value}`, {kind: 'value', value, nullable: false});
	};

	readonly data = (type: DataType, except: Pattern | undefined): Pattern => {
		return this.#make(`data ${JSON.stringify(type)} ${except?.id ?? ''}`, {kind: 'data', type, except, nullable: false});
	};

	readonly attribute = (names: NameClass, value: Pattern): Pattern => {
		return this.#make(`attribute ${JSON.stringify(names)} ${value.id}`, {kind: 'attribute', names, value, nullable: false});
	};

	/** `key`: of its place in the schema. */
	readonly element = (key: number, names: NameClass, body: () => Pattern): Pattern => {
		return this.#make(`element ${key}`, {kind: 'element', names, body, nullable: false});
	};
}
