import {collapse, isOfType} from './data-types.ts';
import {hasName} from './name-class.ts';
import type {Pattern, Patterns} from './patterns.ts';

/** More results than this are not kept, nor those of longer texts, in characters. */
const [mostKept, longestKept] = [50_000, 200];

/** A name as a document has it. */
export interface Name {
	readonly uri: string;
	readonly local: string;
}

/** What is left of a pattern once a part of a document was seen; `nothing`: that part may not stand there. */
export class Derivatives {
	readonly patterns: Patterns;
	#kept = new Map<string, Pattern>();

	constructor(patterns: Patterns) {
		this.patterns = patterns;
	}

	#keep(key: string, derive: () => Pattern): Pattern {
		const kept = this.#kept.get(key);
		if (kept !== undefined) return kept;
		const derived = derive();
		if (this.#kept.size >= mostKept) this.#kept.clear();
		this.#kept.set(key, derived);
		return derived;
	}

	#follow(pattern: Pattern, follow: (rest: Pattern) => Pattern): Pattern {
		if (pattern.kind === 'within') return this.patterns.within(pattern.first, follow(pattern.second));
		return pattern.kind === 'choice' ? this.patterns.choice(...pattern.of.map((each) => this.#follow(each, follow))) : this.patterns.nothing;
	}

	/** An element begins: its attributes and content are next. */
	open(pattern: Pattern, name: Name): Pattern {
		return this.#keep(`open ${pattern.id} ${name.uri} ${name.local}`, () => this.#open(pattern, name));
	}

	#open(pattern: Pattern, name: Name): Pattern {
		const {choice, group, interleave, within, nothing, empty} = this.patterns;
		switch (pattern.kind) {
			case 'element':
				return hasName(pattern.names, name.uri, name.local) ? within(pattern.body(), empty) : nothing;
			case 'choice':
				return choice(...pattern.of.map((each) => this.open(each, name)));
			case 'interleave': {
				const {first, second} = pattern;
				return choice(
					this.#follow(this.open(first, name), (rest) => interleave(rest, second)),
					this.#follow(this.open(second, name), (rest) => interleave(first, rest)),
				);
			}
			case 'group': {
				const begun = this.#follow(this.open(pattern.first, name), (rest) => group(rest, pattern.second));
				return pattern.first.nullable ? choice(begun, this.open(pattern.second, name)) : begun;
			}
			case 'repeated':
				return this.#follow(this.open(pattern.of, name), (rest) => group(rest, choice(pattern, empty)));
			case 'within':
				return this.#follow(this.open(pattern.first, name), (rest) => within(rest, pattern.second));
			default:
				return nothing;
		}
	}

	/** An attribute of the element that has begun; `value` undefined: whatever its value. */
	attribute(pattern: Pattern, name: Name, value?: string): Pattern {
		if (value !== undefined && value.length > longestKept) return this.#attribute(pattern, name, value);
		const key = value === undefined ? `any ${pattern.id} ${name.uri} ${name.local}` : `attribute ${pattern.id} ${name.uri} ${name.local} ${value}`;
		return this.#keep(key, () => this.#attribute(pattern, name, value));
	}

	#attribute(pattern: Pattern, name: Name, value: string | undefined): Pattern {
		const {choice, group, interleave, within, nothing, empty} = this.patterns;
		const derive = (each: Pattern): Pattern => this.attribute(each, name, value);
		switch (pattern.kind) {
			case 'attribute':
				return hasName(pattern.names, name.uri, name.local) && (value === undefined || this.isValue(pattern.value, value)) ? empty : nothing;
			case 'choice':
				return choice(...pattern.of.map(derive));
			case 'group':
				return choice(group(derive(pattern.first), pattern.second), group(pattern.first, derive(pattern.second)));
			case 'interleave':
				return choice(interleave(derive(pattern.first), pattern.second), interleave(pattern.first, derive(pattern.second)));
			case 'repeated':
				return group(derive(pattern.of), choice(pattern, empty));
			case 'within':
				return within(derive(pattern.first), pattern.second);
			default:
				return nothing;
		}
	}

	/** The start tag ends. `isLax`: attributes that it lacks are left out. */
	endTag(pattern: Pattern, isLax = false): Pattern {
		return this.#keep(`${isLax ? 'lax' : 'tag'} ${pattern.id}`, () => {
			const {choice, group, interleave, within, repeated, nothing, empty} = this.patterns;
			const derive = (each: Pattern): Pattern => this.endTag(each, isLax);
			switch (pattern.kind) {
				case 'attribute':
					return isLax ? empty : nothing;
				case 'choice':
					return choice(...pattern.of.map(derive));
				case 'group':
					return group(derive(pattern.first), derive(pattern.second));
				case 'interleave':
					return interleave(derive(pattern.first), derive(pattern.second));
				case 'repeated':
					return repeated(derive(pattern.of));
				case 'within':
					return within(derive(pattern.first), pattern.second);
				default:
					return pattern;
			}
		});
	}

	/** Text, or the value of an attribute. */
	text(pattern: Pattern, text: string): Pattern {
		if (text.length > longestKept) return this.#text(pattern, text);
		return this.#keep(`text ${pattern.id} ${text}`, () => this.#text(pattern, text));
	}

	#text(pattern: Pattern, text: string): Pattern {
		const {choice, group, interleave, within, nothing, empty} = this.patterns;
		const derive = (each: Pattern): Pattern => this.text(each, text);
		switch (pattern.kind) {
			case 'text':
				return pattern;
			case 'value':
				return pattern.value === collapse(text) ? empty : nothing;
			case 'data':
				return isOfType(pattern.type, text) && (pattern.except === undefined || !this.isValue(pattern.except, text)) ? empty : nothing;
			case 'list':
				return this.#isList(pattern.of, text) ? empty : nothing;
			case 'choice':
				return choice(...pattern.of.map(derive));
			case 'group': {
				const begun = group(derive(pattern.first), pattern.second);
				return pattern.first.nullable ? choice(begun, derive(pattern.second)) : begun;
			}
			case 'interleave':
				return choice(interleave(derive(pattern.first), pattern.second), interleave(pattern.first, derive(pattern.second)));
			case 'repeated':
				return group(derive(pattern.of), choice(pattern, empty));
			case 'within':
				return within(derive(pattern.first), pattern.second);
			default:
				return nothing;
		}
	}

	#isList(pattern: Pattern, text: string): boolean {
		const words = collapse(text).split(' ');
		return words.reduce((rest, word) => (word === '' ? rest : this.text(rest, word)), pattern).nullable;
	}

	/** Whether a text is all that a pattern asks for. */
	isValue(pattern: Pattern, text: string): boolean {
		return (pattern.nullable && collapse(text) === '') || this.text(pattern, text).nullable;
	}

	/** The element ends. */
	close(pattern: Pattern): Pattern {
		if (pattern.kind === 'choice') return this.patterns.choice(...pattern.of.map((each) => this.close(each)));
		return pattern.kind === 'within' && pattern.first.nullable ? pattern.second : this.patterns.nothing;
	}

	/** The same, where something is still lacking in it. */
	closeAnyway(pattern: Pattern): Pattern {
		if (pattern.kind === 'choice') return this.patterns.choice(...pattern.of.map((each) => this.closeAnyway(each)));
		return pattern.kind === 'within' ? pattern.second : this.patterns.nothing;
	}
}
