import {editDistance} from '../../../core/nearest-word.ts';

/** Longer words are no typing mistakes, and a distance costs their square. */
const longest = 100;

/** Words of XML differ in how their parts are joined, too. */
function fold(word: string): string {
	return word.toLowerCase().replaceAll(/[-_.: ]/g, '');
}

/** Whether two words differ in a letter, or in how their parts are joined. */
export function isSlip(word: string, other: string): boolean {
	return editDistance(fold(word), fold(other)) <= 1;
}

/** The known words that a wrong one may have been meant for, the nearest first. */
export function nearWords(word: string, known: Iterable<string>): string[] {
	const folded = fold(word);
	if (word === '' || word.length > longest) return [];
	const near = [...new Set(known)].flatMap((each) => {
		const other = fold(each);
		const most = Math.max(1, Math.min(3, Math.ceil(Math.max(word.length, each.length) / 2.5)));
		if (each === word || Math.abs(other.length - folded.length) > most + 2) return [];
		const isPart = Math.min(word.length, each.length) > 1 && (each.includes(word) || word.includes(each));
		const distance = editDistance(folded, other) - (isPart ? 1.5 : 0);
		return distance <= most ? [{each, distance}] : [];
	});
	return near.toSorted((one, other) => one.distance - other.distance).map(({each}) => each);
}
