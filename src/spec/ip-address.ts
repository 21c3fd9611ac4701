/** 4 or 6 for an address written in numbers, without a zone; 0 for anything else. */
export function ipVersion(text: string): 0 | 4 | 6 {
	return isIpv4(text) ? 4 : isIpv6(text) ? 6 : 0;
}

function isIpv4(text: string): boolean {
	const parts = text.split('.');
	// A leading zero means octal to some readers, so it is refused as inet_pton refuses it.
	return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
	const halves = text.split('::');
	if (halves.length > 2 || !/^[\da-fA-F:.]+$/.test(text)) {
		return false;
	}
	const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
	const last = groups.at(-1) ?? '';
	const embedded = last.includes('.');
	if (embedded && (!isIpv4(last) || text.endsWith('::'))) {
		return false;
	}
	const plain = embedded ? groups.slice(0, -1) : groups;
	const count = plain.length + (embedded ? 2 : 0);
	return plain.every((group) => /^[\da-fA-F]{1,4}$/.test(group)) && (halves.length === 2 ? count <= 7 : count === 8);
}
