import type {Channel} from '../channel.ts';
import {ConnectFailed} from '../errors.ts';
import {procedures} from '../procedures.ts';
import type {LibvirtUri} from './uri.ts';

interface GreetOptions {
	readonly readonly: boolean;
	readonly signal: AbortSignal;
	/** Have libvirtd watch whether we live, and drop us after 30 s of silence. */
	readonly watched: boolean;
	/** libvirtd is about to have a person asked. */
	readonly onQuestion: () => void;
}

/** remote_auth_type. */
const authTypes = {none: 0, sasl: 1, polkit: 2} as const;

const keepaliveFeature = 10;
const readonlyFlag = 1;

/** The opening as a whole has a deadline, which is put off while a person is asked. */
const noTimeoutMs = 2_147_483_647;

/** AUTH_LIST, then OPEN: one that comes before libvirtd has let us in is refused, which it writes into its host's journal. */
export async function greet(uri: LibvirtUri, channel: Channel, options: GreetOptions): Promise<void> {
	const limits = {signal: options.signal, timeoutMs: noTimeoutMs};
	await authenticate(uri, await channel.call(procedures.authList, [], limits), channel, options);
	const watching = options.watched ? channel.call(procedures.supportsFeature, [keepaliveFeature], limits) : undefined;
	// A libvirtd without it does not watch.
	watching?.catch(() => undefined);
	await channel.call(procedures.open, [uri.name, options.readonly ? readonlyFlag : 0], limits);
}

/** Rejects with polkit's own refusal as a LibvirtError of AUTH_POLKIT. */
async function authenticate(uri: LibvirtUri, types: readonly number[], channel: Channel, {signal, onQuestion}: GreetOptions): Promise<void> {
	if (types.length === 0 || types.includes(authTypes.none)) {
		return;
	}

	if (types.includes(authTypes.polkit)) {
		onQuestion();
		await channel.call(procedures.authPolkit, [], {signal, timeoutMs: noTimeoutMs});
		return;
	}

	const wanted = types.includes(authTypes.sasl) ? 'SASL, which this program does not know' : `the unknown kind ${types.join(', ')}`;
	throw new ConnectFailed(
		'auth',
		uri.text,
		`libvirtd wants authentication for ${uri.text} by ${wanted}`,
		undefined,
		'Have auth_unix_rw set to "polkit" or "none" in libvirtd.conf',
	);
}
