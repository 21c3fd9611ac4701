import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** What a document is to xmllint: no XML, refused by a schema, or good. */
export type Verdict = 'no XML' | 'refused' | 'good';

/** Lets xmllint judge documents by a schema. */
export function askXmllint(texts: readonly string[], schema: string): Verdict[] {
	const directory = mkdtempSync(join(tmpdir(), 'ask-xmllint-'));
	try {
		for (const [index, text] of texts.entries()) writeFileSync(join(directory, `${index}.xml`), text);
		const files = texts.map((_, index) => `${index}.xml`);
		// With --nonet it fetches nothing; the list of files is far below the longest that Linux takes.
		const {stderr, error} = spawnSync('xmllint', ['--noout', '--nonet', '--relaxng', schema, ...files], {
			cwd: directory,
			encoding: 'utf8',
			timeout: 240_000,
			maxBuffer: 256 * 1024 * 1024,
		});
		if (error !== undefined) throw error;
		const verdicts = new Map<string, Verdict>();
		for (const [, file = '', words = ''] of stderr.matchAll(/^(\d+\.xml) (validates|fails to validate)$/gm)) {
			verdicts.set(file, words === 'validates' ? 'good' : 'refused');
		}
		return files.map((file) => verdicts.get(file) ?? 'no XML');
	} finally {
		rmSync(directory, {recursive: true, force: true});
	}
}
