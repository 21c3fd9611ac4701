import {isatty} from 'node:tty';
import type {StartOptions} from '../../backend/types.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {parseKeepalive} from '../parse-keepalive.ts';
import {readListedFiles} from '../read-listed-files.ts';
import {parseEscapeKey} from '../terminal/escape-key.ts';
import {filesNamedIn, specFromCommandLine} from '../virt-sandbox-spec.ts';
import {has, valueOf, type Call} from './call.ts';

/** What a start takes, without its signal and its streams. */
interface PreparedStart {
	readonly spec: SandboxSpec;
	readonly options: StartOptions;
	/** The byte of the key that leaves a terminal; undefined: none. */
	readonly escape: number | undefined;
}

export async function prepareStart(call: Call): Promise<PreparedStart> {
	const {line, json, caller, voice, trace, connect} = call;
	const directory = caller.cwd;
	const spec = specFromCommandLine(line, {
		directory,
		tty: !json && isatty(0) && isatty(1),
		connect,
		readFile: await readListedFiles(filesNamedIn(line), directory, caller.uid),
	});
	return {
		spec,
		escape: parseEscapeKey(valueOf(call, 'escape') ?? '^]'),
		options: {
			voice,
			caller,
			onBootLog: has(call, 'verbose') || has(call, 'debug') ? (text: string) => voice.notice('info', 'boot', text) : undefined,
			onXml: has(call, 'print-xml') ? (xml: string) => voice.document(xml) : undefined,
			size: spec.tty ? await firstSize() : undefined,
			accept: has(call, 'accept'),
			trace,
			keepalive: parseKeepalive(valueOf(call, 'keepalive-interval'), valueOf(call, 'keepalive-count')),
			readonly: has(call, 'readonly'),
		},
	};
}

async function firstSize(): Promise<{rows: number; columns: number} | undefined> {
	const {terminalSize} = await import('../terminal/attach-terminal.ts');
	return terminalSize(process.stdout);
}
