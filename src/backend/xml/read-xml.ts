import {ShellError} from '../../core/errors.ts';
import {safeText} from '../../core/text.ts';
import type {Element} from './element.ts';

/** One node as the parser gives it: a single key names the element, `#text` or `#cdata`; `:@` holds attributes. */
type ParsedNode = Readonly<Record<string, unknown>>;

const entities: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', apos: "'"};

function malformed(message: string, cause?: unknown): ShellError {
	return new ShellError('failed', `The XML is not well formed: ${message}`, {hint: 'Fix the document at that place.', cause});
}

/** Entities are read here and not by the parser, which leaves numbered ones as they are and unknown ones too. */
function decodeText(text: string): string {
	return text.replace(/&([^;&\s]*);?/g, (reference, name: string) => {
		const number = /^#x([\da-f]{1,6})$/i.exec(name)?.[1];
		const code = number === undefined ? Number(/^#(\d{1,7})$/.exec(name)?.[1] ?? Number.NaN) : Number.parseInt(number, 16);
		const isCharacter =
			code === 9 ||
			code === 10 ||
			code === 13 ||
			(code >= 0x20 && code <= 0xd7ff) ||
			(code >= 0xe000 && code <= 0x10ffff && code !== 0xfffe && code !== 0xffff);
		const character = isCharacter ? String.fromCodePoint(code) : Object.hasOwn(entities, name) ? entities[name] : undefined;
		if (character === undefined || !reference.endsWith(';')) throw malformed(`unknown reference '${safeText(reference)}'`);
		return character;
	});
}

function isNodeList(value: unknown): value is ParsedNode[] {
	return Array.isArray(value);
}

function convertElement(name: string, content: unknown, attributes: unknown): Element {
	const children: Array<Element | string> = [];
	for (const node of isNodeList(content) ? content : []) {
		const child = convertNode(node);
		const last = children.at(-1);
		if (typeof child === 'string' && typeof last === 'string') {
			children[children.length - 1] = last + child;
		} else if (child !== undefined) {
			children.push(child);
		}
	}
	// Blanks between elements are layout; blanks alone in an element are its text.
	const hasElements = children.some((child) => typeof child !== 'string');
	return {
		name,
		attributes: Object.fromEntries(Object.entries(attributes ?? {}).map(([key, value]) => [key, decodeText(String(value))])),
		children: hasElements ? children.filter((child) => typeof child !== 'string' || child.trim() !== '') : children,
	};
}

function convertNode(node: ParsedNode): Element | string | undefined {
	const name = Object.keys(node).find((key) => key !== ':@');
	if (name === undefined) return undefined;
	const content = node[name];
	if (name === '#text') return decodeText(String(content));
	if (name === '#cdata') return isNodeList(content) ? content.map((part) => String(part['#text'] ?? '')).join('') : '';
	return convertElement(name, content, node[':@']);
}

/** Reads a document as a tree without causes; comments and processing instructions are left out. Document types are refused. */
export async function readXml(text: string): Promise<Element> {
	// Loaded here, since it takes longer than all that a start does with XML.
	const {XMLParser, XMLValidator} = await import('fast-xml-parser');
	if (/<!DOCTYPE/i.test(text)) throw malformed('it has a document type, which may define entities');
	const validity = XMLValidator.validate(text);
	if (validity !== true) throw malformed(`line ${validity.err.line}, ${safeText(validity.err.msg)}`);
	const parser = new XMLParser({
		preserveOrder: true,
		ignoreAttributes: false,
		attributeNamePrefix: '',
		parseTagValue: false,
		parseAttributeValue: false,
		trimValues: false,
		processEntities: false,
		cdataPropName: '#cdata',
		ignoreDeclaration: true,
		ignorePiTags: true,
		onDangerousProperty: (name) => name,
	});
	const roots = parseNodes(parser, text)
		.map(convertNode)
		.filter((node) => typeof node === 'object');
	const [root] = roots;
	if (root === undefined || roots.length > 1) throw malformed(root === undefined ? 'it has no element' : 'it has more than one outermost element');
	return root;
}

function parseNodes(parser: {parse(text: string): unknown}, text: string): ParsedNode[] {
	try {
		const nodes = parser.parse(text);
		return isNodeList(nodes) ? nodes : [];
	} catch (error) {
		throw malformed(error instanceof Error ? safeText(error.message) : 'unreadable', error);
	}
}
