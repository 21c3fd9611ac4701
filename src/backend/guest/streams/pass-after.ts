/** Passes a stream's chunks on from behind a mark. */
export function passAfter(mark: string, pass: (chunk: Buffer) => void): (chunk: Buffer) => void {
	const wanted = Buffer.from(mark, 'latin1');
	/** What may be the mark's beginning; undefined: the mark has come. */
	let held: Buffer | undefined = Buffer.alloc(0);
	return (chunk) => {
		if (held === undefined) {
			pass(chunk);
			return;
		}
		const data = Buffer.concat([held, chunk]);
		const at = data.indexOf(wanted);
		if (at < 0) {
			held = Buffer.from(data.subarray(Math.max(0, data.length - wanted.length + 1)));
			return;
		}
		held = undefined;
		if (data.length > at + wanted.length) pass(data.subarray(at + wanted.length));
	};
}
