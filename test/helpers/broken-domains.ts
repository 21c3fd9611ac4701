import {globSync, readFileSync} from 'node:fs';
import {compileSchema} from '../../src/backend/xml/schema/compile-schema.ts';
import {openChecker, type Checker} from '../../src/backend/xml/schema/check-document.ts';

const folder = 'test/fixtures/broken-domains';

/** A document with one fault, and what has to be said of it. */
interface BrokenDomain {
	readonly id: string;
	readonly kind: 'syntax' | 'schema' | 'semantic-define' | 'semantic-start' | 'silent';
	readonly lines: readonly number[];
	/** Files that the host has to have for it. */
	readonly needs: readonly string[];
	readonly text: string;
	/** With the least mend. */
	readonly mended: string;
}

/** Where the packages of libvirt have their schema. */
export const schemaFile = '/usr/share/libvirt/schemas/domain.rng';

export function openLibvirtChecker(): Checker {
	return openChecker(compileSchema(schemaFile, (path) => readFileSync(path, 'utf8')));
}

export function readBrokenDomains(): BrokenDomain[] {
	const expected = JSON.parse(readFileSync(`${folder}/expect.json`, 'utf8')) as Array<{
		readonly id: string;
		readonly kind: BrokenDomain['kind'];
		readonly line: number;
		readonly alsoLines: readonly number[];
		readonly needs: readonly string[] | null;
		readonly mended: string;
	}>;
	return expected.map(({id, kind, line, alsoLines, needs, mended}) => ({
		id,
		kind,
		lines: [line, ...alsoLines],
		needs: (needs ?? []).flatMap((need) => /^\/\S+/.exec(need)?.[0] ?? []),
		text: readFileSync(`${folder}/${id}.xml`, 'utf8'),
		mended: readFileSync(`${folder}/${mended}`, 'utf8'),
	}));
}

/** Documents of many kinds that the schema allows. */
export function readGoodDomains(): string[] {
	return [
		...readBrokenDomains().map(({mended}) => mended),
		...globSync('test/fixtures/domains/*.xml')
			.toSorted()
			.map((path) => readFileSync(path, 'utf8')),
	];
}
