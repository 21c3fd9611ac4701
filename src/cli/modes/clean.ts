import {cleanLeftovers} from '../../backend/sandbox.ts';
import {ShellError, usageError} from '../../core/errors.ts';
import {jsonLine} from '../../core/json-line.ts';
import {safeText} from '../../core/text.ts';
import {systemUri} from '../virt-sandbox-uri.ts';
import type {Call} from './call.ts';
import {print} from './print.ts';

/** Puts away what sandboxes left whose owner is gone, and prints a line for each; throws when one could not be. */
export async function cleanUp({line: {command}, caller, connect, trace, json, voice}: Call): Promise<number> {
	if (command.length > 0) throw usageError(`--clean takes no command, but there is '${command[0] ?? ''}'`, 'Write virt-sandbox --clean alone.');
	const cleaned = await cleanLeftovers({caller, uri: connect ?? (await systemUri(caller)), isNamed: connect !== undefined, trace, voice});
	const failed = cleaned.filter(({result}) => result === 'failed');
	const rows = cleaned.map(({id, name, result}) => ({id, name: name ?? null, result}));
	const text = json
		? jsonLine({kind: 'table', columns: [{name: 'id'}, {name: 'name'}, {name: 'result'}], rows})
		: rows.map(({id, name, result}) => `${result} ${name === null ? id : `${safeText(name)} (${id})`}\n`).join('');
	const status = text === '' ? 0 : await print(text);
	for (const {id, name, fault} of failed) {
		const reason = fault instanceof Error ? fault.message : String(fault);
		voice.notice('error', 'clean', `what ${name ?? id} left cannot be removed: ${reason}`, fault instanceof ShellError ? fault.hint : undefined);
	}
	if (rows.length === 0) voice.notice('info', 'clean', 'there is nothing to remove');
	return failed.length > 0 ? 125 : status;
}
