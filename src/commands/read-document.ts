import {ShellError} from '../core/errors.ts';
import {systemReason} from '../core/system-reason.ts';
import type {CommandContext} from './context.ts';
import {callingFor} from './running.ts';

/** As much as libvirt takes of a string. */
const mostBytes = 4 * 1024 * 1024;

/** A document that is not made from a definition. */
export interface ForeignDocument {
	readonly title: string;
	readonly text: string;
	readonly file: string | undefined;
	/** Of the domain; undefined: it is none that libvirt knows. */
	readonly name?: string | undefined;
	/** All of its bytes are UTF-8. */
	readonly isText: boolean;
}

/** The XML of a domain, of a file, or of standard input where neither is named or the name is -. */
export async function readDocument(name: string | undefined, file: string | undefined, context: CommandContext): Promise<ForeignDocument> {
	if (file === undefined && name !== undefined && name !== '-') {
		return {title: `The domain '${name}'`, name, text: await context.sandboxes.domainXml(name, callingFor(context, name)), file, isText: true};
	}
	const title = file === undefined ? 'Standard input' : `'${file}'`;
	const bytes = await (file === undefined ? readStandardInput(context) : readFile(file, context));
	if (bytes.length > mostBytes) throw new ShellError('failed', `${title} is larger than 4 MiB: libvirt takes no such document`);
	const text = new TextDecoder('utf-8', {ignoreBOM: true}).decode(bytes);
	return {title, text, file, isText: Buffer.from(text).equals(bytes)};
}

async function readFile(file: string, {host}: CommandContext): Promise<Uint8Array> {
	try {
		return await host.readFile(file);
	} catch (error) {
		throw new ShellError('not-found', `Cannot read '${file}': ${systemReason(error)}`, {cause: error});
	}
}

async function readStandardInput(context: CommandContext): Promise<Uint8Array> {
	const {readInput} = await import('./read-input.ts');
	const bytes = await readInput(context, mostBytes);
	if (bytes.length === 0) {
		throw new ShellError('not-found', 'Standard input is empty', {hint: "Pipe a document in: virsh dumpxml NAME | virt-sandbox-shell 'validate -'."});
	}
	return bytes;
}
