import {isUriAlias, parseUri} from '../spec/parse/parse-uri.ts';
import {commonUris} from '../spec/single-keys.ts';
import {defineCommand, flag, optional, type Kind} from './command.ts';
import {callingFor} from './running.ts';

const uriKind: Kind<string> = {
	placeholder: 'URI',
	// The test driver of libvirt hosts no sandbox, but can be looked at.
	parse: (text) => (text.startsWith('test:///') || isUriAlias(text) ? text : parseUri(text).uri),
	complete: () => commonUris.map((text) => ({text, description: 'libvirt connection'})),
};

export const connect = defineCommand({
	name: 'connect',
	group: 'host',
	summary: 'Connect to a libvirt daemon',
	description: 'Tries the connection first: one that fails leaves the old one in place. Without a URI the default of the host is taken.',
	params: {
		uri: optional(uriKind, 'the connection; left out: the default of the host'),
		readonly: flag('look only: nothing is started or stopped'),
	},
	examples: [
		['connect lxc:///system', "connects to the host's containers"],
		['connect --readonly qemu:///system', "looks at the host's machines"],
	],
	async *run({uri, readonly}, {session, sandboxes, signal}) {
		const named = uri === undefined ? undefined : await sandboxes.resolveUri(uri);
		const connected = await sandboxes.connect({uri: named, readonly, signal});
		session.uri = connected;
		session.readonly = readonly;
		yield {kind: 'notice', level: 'info', code: 'connected', message: `Connected to ${connected}${readonly ? ' (read-only)' : ''}`};
	},
});

export const uri = defineCommand({
	name: 'uri',
	group: 'host',
	summary: 'Print the connection that sandboxes go to',
	params: {},
	examples: [['uri', 'prints it']],
	async *run(_args, {session, sandboxes, signal}) {
		yield {kind: 'document', format: 'text', text: session.uri ?? (await sandboxes.defaultUri(signal))};
	},
});

export const capabilities = defineCommand({
	name: 'capabilities',
	group: 'host',
	summary: 'Print what the connection can do, as XML',
	params: {},
	examples: [['capabilities', "prints libvirt's document"]],
	async *run(_args, context) {
		yield {kind: 'document', format: 'xml', text: await context.sandboxes.capabilities(callingFor(context))};
	},
});
