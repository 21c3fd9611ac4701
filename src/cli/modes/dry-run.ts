import {planSandbox} from '../../backend/sandbox.ts';
import {jsonLine} from '../../core/json-line.ts';
import {imaginedUri} from '../virt-sandbox-uri.ts';
import type {Call} from './call.ts';
import {prepareStart} from './prepare-start.ts';
import {print} from './print.ts';

/** Checks all that a start would, and prints the domain XML. */
export async function planCommand(call: Call): Promise<number> {
	const {spec, options} = await prepareStart(call);
	const [{findLacks}, {openDocumentHost}] = await Promise.all([import('../../live/find-lacks.ts'), import('../../live/document-host.ts')]);
	for (const {message, hint} of await findLacks(spec, {host: openDocumentHost(), networks: undefined, path: call.caller.environment['PATH']})) {
		call.voice.notice('warning', 'lacks', message, hint);
	}
	const {xml, notices} = await planSandbox({...spec, uri: spec.uri ?? (await imaginedUri(call.caller, spec.backend))}, options);
	for (const {level, code, message} of notices) {
		call.voice.notice(level, code, message);
	}
	return print(call.json ? jsonLine({kind: 'document', format: 'xml', text: xml}) : xml.replace(/\n?$/, '\n'));
}
