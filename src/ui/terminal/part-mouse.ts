/** What a terminal sends of the mouse (SGR 1006): wheel and buttons, at a column and a row. */
const report = /\x1b\[<\d+;\d+;\d+[Mm]/g;
/** One that is not whole yet; no key begins so. */
const halfReport = /\x1b\[<[\d;]{0,32}$/;

/** Parts what is typed from what the mouse does, which is never for a guest in a pane. */
export function createMouseParter(toReports: (bytes: Uint8Array) => void, toRest: (bytes: Uint8Array) => void): (chunk: Uint8Array) => void {
	let half = '';
	const rest = (text: string): void => {
		if (text !== '') {
			toRest(Buffer.from(text, 'latin1'));
		}
	};
	return (chunk) => {
		const all = half + Buffer.from(chunk).toString('latin1');
		half = halfReport.exec(all)?.[0] ?? '';
		const whole = all.slice(0, all.length - half.length);
		let at = 0;
		for (const {0: text, index} of whole.matchAll(report)) {
			rest(whole.slice(at, index));
			toReports(Buffer.from(text, 'latin1'));
			at = index + text.length;
		}
		rest(whole.slice(at));
	};
}
