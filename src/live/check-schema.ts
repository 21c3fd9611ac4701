import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ownTemporary} from './own-temporary.ts';

/** What the schema of libvirt has against a domain's document; undefined where virt-xml-validate is not installed. */
export async function checkSchema(xml: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
	const directory = await mkdtemp(join(ownTemporary(), 'virt-sandbox-xml-'));
	try {
		const file = join(directory, 'domain.xml');
		await writeFile(file, xml, {mode: 0o600});
		const {error, output} = await new Promise<{error: Error | null; output: string}>((resolve) => {
			execFile('virt-xml-validate', [file, 'domain'], {signal, timeout: 20_000}, (failure, stdout, stderr) =>
				resolve({error: failure, output: `${stdout}${stderr}`}),
			);
		});
		signal.throwIfAborted();
		if (error !== null && 'code' in error && error.code === 'ENOENT') {
			return undefined;
		}
		return error === null
			? []
			: output
					.replaceAll(`${file}:`, 'line ')
					.replaceAll(file, 'the document')
					.split('\n')
					.filter((line) => line.trim() !== '' && !line.endsWith('fails to validate'));
	} finally {
		await rm(directory, {recursive: true, force: true});
	}
}
