import {existsSync} from 'node:fs';
import {dirname} from 'node:path';
import {readMetadata} from '../backend/domain/metadata.ts';
import {placeOfStates} from '../backend/guest/state/state-directory.ts';
import type {Caller} from '../backend/host/caller.ts';
import {isLocalUri} from '../backend/host/libvirtd/local-uri.ts';
import type {Connection, DomainRef} from '../backend/libvirt/index.ts';
import {readXml} from '../backend/xml/read-xml.ts';
import {ShellError} from '../core/errors.ts';

/** What to say of a running sandbox of this caller whose state directory somebody has removed; undefined for one that is another's. */
export async function explainLostState(
	connection: Pick<Connection, 'getXmlDesc'>,
	domain: DomainRef,
	{uri, caller, signal}: {readonly uri: string; readonly caller: Pick<Caller, 'uid' | 'environment'>; readonly signal: AbortSignal},
): Promise<ShellError | undefined> {
	if (!isLocalUri(uri)) return undefined;
	const directory = readMetadata(await readXml(await connection.getXmlDesc(domain, 0, {signal})))?.stateDirectory;
	if (directory === undefined || dirname(directory) !== placeOfStates(caller) || existsSync(directory)) return undefined;
	return new ShellError('unavailable', `The state of sandbox '${domain.name}' is gone: ${directory} was removed`, {
		hint: '`stop` or `destroy` ends it; what it said is lost, and no command gets into it any more.',
	});
}
