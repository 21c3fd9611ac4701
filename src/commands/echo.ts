import {defineCommand, flag, rest} from './command.ts';
import {text} from './kinds.ts';

export const echo = defineCommand({
	name: 'echo',
	group: 'shell',
	summary: 'Print words',
	description: 'Prints its words with one blank between them.',
	params: {
		shell: flag('quote each word for a POSIX shell'),
		xml: flag('escape each word for XML'),
		err: flag('print to standard error'),
		words: rest(text('WORD'), 'what to print'),
	},
	examples: [
		['echo hello world', 'prints hello world'],
		[`echo --shell "it's" 'a b'`, 'prints the words as a POSIX shell reads them'],
		["echo --xml '<a & b>'", 'prints &lt;a &amp; b&gt;'],
	],
	async *run({shell, xml, err, words}) {
		const escaped = words.map((word) => {
			const forXml = xml ? escapeXml(word) : word;
			return shell ? quoteForShell(forXml) : forXml;
		});
		const line = escaped.join(' ');
		if (err) {
			yield {kind: 'notice', level: 'warning', code: 'echo', message: line};
		} else {
			yield {kind: 'document', format: 'text', text: line};
		}
	},
});

/** As virsh: words of harmless characters stay bare. */
function quoteForShell(word: string): string {
	return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function escapeXml(word: string): string {
	const names: Readonly<Record<string, string>> = {'<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;', "'": '&apos;'};
	return word.replaceAll(/[<>&"']/g, (character) => names[character] ?? character);
}
