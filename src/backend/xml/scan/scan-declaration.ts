import {nameAt} from './characters.ts';
import type {FaultList} from './fault-list.ts';

const declaration =
	/^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])1\.\d+\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])([A-Za-z][\w.-]*)\2)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\4)?[ \t\r\n]*\?>$/;
/** Of these, a text without other letters than those of ASCII is the same in UTF-8. */
const readable = /^(?:utf-?8|us-ascii|ascii|iso-8859-\d+|latin\d|windows-125\d|cp125\d)$/i;

/** Reads the `<?…?>` at an offset; gives where it ends. */
export function scanDeclaration(text: string, start: number, faults: FaultList): number {
	const close = text.indexOf('?>', start + 2);
	const end = close === -1 ? text.length : close + 2;
	const target = nameAt(text, start + 2);
	const all = text.slice(start, end);
	if (close === -1) {
		faults.add({start, end: start + 2}, {culprit: '<?', message: "'<?' is not closed", cure: 'close it with ?>'});
	} else if (target === 'xml') {
		checkDeclaration(text, {start, end, all}, faults);
	} else if (target === '' || !/^[ \t\r\n?]/.test(text.slice(start + 2 + target.length))) {
		faults.add(
			{start, end},
			{culprit: all.slice(0, 20), message: "A name and a blank are missing behind '<?'", cure: 'take it out', edits: [{start, end, text: ''}]},
		);
	}
	return end;
}

function checkDeclaration(text: string, {start, end, all}: {readonly start: number; readonly end: number; readonly all: string}, faults: FaultList): void {
	if (start > 0) {
		const edits = /^[ \t\r\n]*$/.test(text.slice(0, start)) ? [{start: 0, end: start, text: ''}] : [{start, end, text: ''}];
		faults.add(
			{start, end},
			{culprit: '<?xml', message: "Something stands before '<?xml'", cure: 'nothing may stand there, not even an empty line', edits},
		);
		return;
	}
	const parts = declaration.exec(all);
	const edits = [{start, end, text: "<?xml version='1.0' encoding='UTF-8'?>"}];
	if (parts === null) {
		faults.add({start, end}, {culprit: '<?xml', message: 'The XML declaration is faulty', cure: "<?xml version='1.0' encoding='UTF-8'?>", edits});
		return;
	}
	const encoding = parts[3] ?? 'UTF-8';
	if (/^utf-?8$/i.test(encoding) || (readable.test(encoding) && /^[\0-\u007f]*$/.test(text))) return;
	faults.add({start, end}, {culprit: encoding, message: `The document says that it is ${encoding}, and is read as UTF-8`, cure: "encoding='UTF-8'", edits});
}
