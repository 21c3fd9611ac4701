import {dirname, join} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {scanXml} from '../scan/scan-xml.ts';
import {elementsIn, type ScannedElement} from '../scan/scanned.ts';
import {collapse} from './data-types.ts';
import type {NameClass} from './name-class.ts';
import {Patterns, type Pattern} from './patterns.ts';

/** A schema in RELAX NG, ready to be followed. */
export interface Schema {
	readonly patterns: Patterns;
	readonly start: Pattern;
}

const relaxNg = 'http://relaxng.org/ns/structure/1.0';

/** Compiles a schema with all that it includes; `read` gives the text of a file. */
export function compileSchema(file: string, read: (path: string) => string): Schema {
	return new Compiler(read).compile(file);
}

function partsOf(element: ScannedElement): ScannedElement[] {
	return elementsIn(element).filter(({uri}) => uri === relaxNg);
}

function attributeOf({attributes}: ScannedElement, wanted: string): string | undefined {
	return attributes.find(({name}) => name === wanted)?.value.trim();
}

function textIn({children}: ScannedElement): string {
	return children.map((child) => (child.kind === 'text' ? child.text : '')).join('');
}

/** The namespace of names without a prefix, as the nearest element around says it. */
function namespaceAt(element: ScannedElement): string {
	for (let each: ScannedElement | undefined = element; each !== undefined; each = each.parent) {
		const uri = attributeOf(each, 'ns');
		if (uri !== undefined) return uri;
	}
	return '';
}

class Compiler {
	readonly #read: (path: string) => string;
	readonly #patterns = new Patterns();
	readonly #definitions = new Map<string, ScannedElement[]>();
	/** Undefined: it is being compiled. */
	readonly #compiled = new Map<string, Pattern | undefined>();
	readonly #keys = new Map<ScannedElement, number>();
	#start: ScannedElement | undefined;

	constructor(read: (path: string) => string) {
		this.#read = read;
	}

	compile(file: string): Schema {
		this.#readGrammar(this.#load(file), file, new Set());
		if (this.#start === undefined) throw unusable(`${file} has no start`);
		return {patterns: this.#patterns, start: this.#patterns.choice(...partsOf(this.#start).map((each) => this.#pattern(each)))};
	}

	#load(file: string): ScannedElement {
		const {root, faults} = scanXml(this.#read(file));
		if (root === undefined || faults.length > 0) throw unusable(`${file}: ${faults[0]?.message ?? 'empty'}`);
		return root;
	}

	/** `overridden`: what whoever includes it defines instead. */
	#readGrammar(grammar: ScannedElement, file: string, overridden: ReadonlySet<string>): void {
		for (const part of partsOf(grammar)) {
			const name = attributeOf(part, 'name') ?? '';
			switch (part.local) {
				case 'include': {
					const included = join(dirname(file), attributeOf(part, 'href') ?? '');
					const own = partsOf(part).flatMap((each) => (each.local === 'define' ? (attributeOf(each, 'name') ?? []) : []));
					this.#readGrammar(this.#load(included), included, new Set([...overridden, ...own]));
					this.#readGrammar(part, file, overridden);
					break;
				}
				case 'div':
					this.#readGrammar(part, file, overridden);
					break;
				case 'start':
					this.#start = part;
					break;
				case 'define':
					if (!overridden.has(name)) this.#definitions.set(name, [...(this.#definitions.get(name) ?? []), part]);
					break;
			}
		}
	}

	#definition(name: string): Pattern {
		const compiled = this.#compiled.get(name);
		if (compiled !== undefined) return compiled;
		const parts = this.#definitions.get(name);
		if (parts === undefined || this.#compiled.has(name)) throw unusable(`'${name}' is ${parts === undefined ? 'not defined' : 'defined by itself'}`);
		this.#compiled.set(name, undefined);
		const all = parts.map((part) => this.#sequence(partsOf(part)));
		const isInterleaved = parts.some((part) => attributeOf(part, 'combine') === 'interleave');
		const pattern = isInterleaved ? all.reduce((one, other) => this.#patterns.interleave(one, other)) : this.#patterns.choice(...all);
		this.#compiled.set(name, pattern);
		return pattern;
	}

	#sequence(parts: readonly ScannedElement[]): Pattern {
		return parts.reduce((before, part) => this.#patterns.group(before, this.#pattern(part)), this.#patterns.empty);
	}

	#pattern(part: ScannedElement): Pattern {
		const {empty, text, nothing} = this.#patterns;
		const parts = partsOf(part);
		const inner = (): Pattern => this.#sequence(parts);
		switch (part.local) {
			case 'element':
				return this.#element(part, parts);
			case 'attribute':
				return this.#attribute(part, parts);
			case 'ref':
				return this.#definition(attributeOf(part, 'name') ?? '');
			case 'group':
				return inner();
			case 'interleave':
				return parts.map((each) => this.#pattern(each)).reduce((one, other) => this.#patterns.interleave(one, other), empty);
			case 'choice':
				return this.#patterns.choice(...parts.map((each) => this.#pattern(each)));
			case 'optional':
				return this.#patterns.choice(inner(), empty);
			case 'oneOrMore':
				return this.#patterns.repeated(inner());
			case 'zeroOrMore':
				return this.#patterns.choice(this.#patterns.repeated(inner()), empty);
			case 'mixed':
				return this.#patterns.interleave(text, inner());
			case 'list':
				return this.#patterns.list(inner());
			case 'text':
				return text;
			case 'empty':
				return empty;
			case 'notAllowed':
				return nothing;
			case 'value':
				return this.#patterns.value(collapse(textIn(part)));
			case 'data':
				return this.#data(part, parts);
			default:
				throw unusable(`<${part.name}> is not known`);
		}
	}

	#element(part: ScannedElement, [first, ...others]: readonly ScannedElement[]): Pattern {
		const name = attributeOf(part, 'name');
		const key = this.#keys.get(part) ?? this.#keys.size;
		this.#keys.set(part, key);
		const body = name === undefined || first === undefined ? others : [first, ...others];
		let compiled: Pattern | undefined;
		return this.#patterns.element(key, this.#names(part, first, namespaceAt(part)), () => (compiled ??= this.#sequence(body)));
	}

	#attribute(part: ScannedElement, [first, ...others]: readonly ScannedElement[]): Pattern {
		const body = attributeOf(part, 'name') === undefined || first === undefined ? others : [first, ...others];
		const names = this.#names(part, first, attributeOf(part, 'ns') ?? '');
		return this.#patterns.attribute(names, body.length === 0 ? this.#patterns.text : this.#sequence(body));
	}

	/** Of an element or attribute: the name that it has, or the names that its first part tells. */
	#names(part: ScannedElement, first: ScannedElement | undefined, uri: string): NameClass {
		const local = attributeOf(part, 'name');
		if (local !== undefined) return {kind: 'name', uri, local};
		if (first === undefined) throw unusable(`<${part.name}> has no name`);
		return nameClass(first);
	}

	#data(part: ScannedElement, parts: readonly ScannedElement[]): Pattern {
		const params = parts.flatMap((each) => (each.local === 'param' ? [[attributeOf(each, 'name') ?? '', textIn(each)] as const] : []));
		const except = parts.find(({local}) => local === 'except');
		const refused = except === undefined ? undefined : this.#patterns.choice(...partsOf(except).map((each) => this.#pattern(each)));
		return this.#patterns.data({name: attributeOf(part, 'type') ?? 'token', params}, refused);
	}
}

function nameClass(part: ScannedElement): NameClass {
	const parts = partsOf(part);
	const except = (): NameClass | undefined => {
		const found = parts.find(({local}) => local === 'except');
		return found && {kind: 'choice', of: partsOf(found).map(nameClass)};
	};
	switch (part.local) {
		case 'name':
			return {kind: 'name', uri: namespaceAt(part), local: textIn(part).trim()};
		case 'anyName':
			return {kind: 'any', except: except()};
		case 'nsName':
			return {kind: 'namespace', uri: namespaceAt(part), except: except()};
		case 'choice':
			return {kind: 'choice', of: parts.map(nameClass)};
		default:
			throw unusable(`<${part.name}> is no name`);
	}
}

function unusable(why: string): ShellError {
	return new ShellError('unavailable', `The schema of libvirt cannot be used: ${why}`, {hint: 'Reinstall the package that has it'});
}
