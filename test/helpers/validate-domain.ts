import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';

/** Compares a domain with its golden file, which passes the schema; UPDATE_GOLDEN=1 writes it anew from the source tree. */
export function isGolden(t: ExecutionContext, xml: string, name: string): void {
	const file = `test/fixtures/domains/${name}.xml`;
	if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, xml);
	t.is(xml, readFileSync(file, 'utf8'));
	validateDomain(t, xml);
}

/** Asserts that a document passes libvirt's schema for domains; only logs where `virt-xml-validate` is missing, unless CI=true. */
export function validateDomain(t: ExecutionContext, xml: string): void {
	const directory = mkdtempSync(join(tmpdir(), 'validate-domain-'));
	try {
		const file = join(directory, 'domain.xml');
		writeFileSync(file, xml);
		const result = spawnSync('virt-xml-validate', [file, 'domain'], {encoding: 'utf8', timeout: 30_000});
		if (result.error !== undefined && 'code' in result.error && result.error.code === 'ENOENT' && process.env['CI'] !== 'true') {
			t.log('not validated: virt-xml-validate (package libvirt-clients) is missing');
			t.pass();
			return;
		}
		t.is(result.status, 0, `${result.stdout}${result.stderr}\n${xml}`);
	} finally {
		rmSync(directory, {recursive: true, force: true});
	}
}
