import {ShellError} from '../../core/errors.ts';
import {once} from '../../core/once.ts';
import {isUnsafeCharacter, safeText} from '../../core/text.ts';
import {isElement, type Cause, type Element} from './element.ts';

/** One line of a written document, with what it belongs to. A closing tag's line belongs to its element. */
export interface XmlLine {
	readonly text: string;
	readonly element: Element;
	readonly cause: Cause | undefined;
	/** Such as `/domain/devices/filesystem[2]`; positions begin at 1 and are left out where a name is alone. */
	readonly path: string;
}

/** Nearly every name. The other pattern takes milliseconds to be made. */
const plainName = /^[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?$/;
const namePattern = once(() => /^[\p{L}_][\p{L}\p{N}\p{M}_.-]*(:[\p{L}_][\p{L}\p{N}\p{M}_.-]*)?$/u);
/** Characters that need more than being copied: markup, and all that XML 1.0 cannot hold or a terminal would obey. */
const special = /[&<>]|[^ -~]/gu;
const xmlCharacter = /^[\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]$/u;
const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;'};

function checkName(name: string): string {
	if (!plainName.test(name) && !namePattern().test(name)) {
		throw new ShellError('refused', `'${safeText(name)}' cannot name an XML element or attribute`, {
			hint: 'Use letters, digits, -, _ and ., with a letter first.',
		});
	}
	return name;
}

/** Text as it stands between tags: one line, with references for all that is not plain. */
export function escapeXml(text: string, where = 'text'): string {
	return text.replace(special, (character) => {
		const entity = entities[character];
		if (entity !== undefined) return entity;
		if (!xmlCharacter.test(character)) {
			throw new ShellError('refused', `The ${where} '${safeText(text)}' holds the character ${safeText(character)}, which no XML can hold`, {
				hint: 'Leave that character out.',
			});
		}
		return isUnsafeCharacter(character) ? `&#x${(character.codePointAt(0) ?? 0).toString(16)};` : character;
	});
}

function openTag(node: Element, end: string): string {
	// In single quotes, as libvirt writes them, so that our documents and its own look alike.
	const attributes = Object.entries(node.attributes).map(
		([name, value]) => ` ${checkName(name)}='${escapeXml(value, `attribute ${name}`).replaceAll("'", '&apos;')}'`,
	);
	return `<${checkName(node.name)}${attributes.join('')}${end}`;
}

function writeInline(node: Element): string {
	if (node.children.length === 0) return openTag(node, '/>');
	const inner = node.children.map((child) => (isElement(child) ? writeInline(child) : escapeXml(child, node.name)));
	return `${openTag(node, '>')}${inner.join('')}</${node.name}>`;
}

function addLines(lines: XmlLine[], node: Element, path: string, indent: string, inherited: Cause | undefined): void {
	const cause = node.cause ?? inherited;
	const add = (text: string): void => {
		lines.push({text: indent + text, element: node, cause, path});
	};
	const children = node.children.filter(isElement);
	if (children.length === 0 || children.length !== node.children.length) {
		add(writeInline(node));
		return;
	}
	add(openTag(node, '>'));
	const totals = new Map<string, number>();
	for (const child of children) {
		totals.set(child.name, (totals.get(child.name) ?? 0) + 1);
	}
	const seen = new Map<string, number>();
	for (const child of children) {
		const position = (seen.get(child.name) ?? 0) + 1;
		seen.set(child.name, position);
		addLines(lines, child, `${path}/${child.name}${totals.get(child.name) === 1 ? '' : `[${position}]`}`, `${indent}  `, cause);
	}
	add(`</${node.name}>`);
}

/** The lines of a document, each with its element, path and cause. */
export function writeXmlLines(root: Element): XmlLine[] {
	const lines: XmlLine[] = [];
	addLines(lines, root, `/${root.name}`, '', undefined);
	return lines;
}

/** A document as text, indented by two blanks, with a line feed at its end; refuses names and characters that XML cannot hold. */
export function writeXml(root: Element): string {
	const lines = writeXmlLines(root).map(({text}) => `${text}\n`);
	return lines.join('');
}
