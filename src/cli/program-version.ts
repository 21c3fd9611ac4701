import {readFileSync} from 'node:fs';

/** The version in package.json, which lies beside dist/ (and above src/cli/, which tests have below build/). */
export function readProgramVersion(): string {
	for (const place of ['../package.json', '../../package.json', '../../../package.json']) {
		try {
			const {version} = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {version?: string};
			if (version !== undefined) return version;
		} catch {
			// Another place.
		}
	}
	return 'unknown';
}
