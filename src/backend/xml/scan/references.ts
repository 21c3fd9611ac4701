import {isXmlCharacter} from './characters.ts';
import type {FaultList} from './fault-list.ts';

const entities: ReadonlyMap<string, string> = new Map([
	['amp', '&'],
	['lt', '<'],
	['gt', '>'],
	['quot', '"'],
	['apos', "'"],
]);

/** Text or a value with its references resolved; `offset`: where it stands. */
export function decodeReferences(raw: string, offset: number, faults: FaultList): string {
	if (!raw.includes('&')) return raw;
	return raw.replace(/&([^;&<\s'"]*)(;?)/g, (reference: string, name: string, end: string, at: number) => {
		const decoded = end === ';' ? decode(name) : undefined;
		if (decoded !== undefined) return decoded;
		const start = offset + at;
		const isMeant = end === '' && entities.has(name);
		faults.add(
			{start, end: start + reference.length},
			{
				culprit: reference,
				message: name === '' || end === '' ? `'&' begins a reference, and this is none` : `XML knows no ${reference}`,
				cure: isMeant ? `&${name};` : `&amp;${reference.slice(1)}`,
				edits: [isMeant ? {start: start + reference.length, end: start + reference.length, text: ';'} : {start, end: start + 1, text: '&amp;'}],
			},
		);
		return reference;
	});
}

function decode(name: string): string | undefined {
	const [, hex, decimal] = /^#(?:x([\da-fA-F]{1,8})|(\d{1,10}))$/.exec(name) ?? [];
	if (hex === undefined && decimal === undefined) return entities.get(name);
	const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
	return isXmlCharacter(code) ? String.fromCodePoint(code) : undefined;
}
