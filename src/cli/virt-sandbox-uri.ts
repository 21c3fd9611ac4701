import type {Caller} from '../backend/host/caller.ts';
import type {BackendName} from '../spec/backends.ts';
import type {ProgramVoice} from './run/virt-sandbox-voice.ts';

/** The connection where none is named; a libvirtd of ours that had to be started is told. */
export async function defaultUri(
	{environment, uid}: Caller,
	voice: ProgramVoice,
	{backend, signal}: {readonly backend: BackendName | undefined; readonly signal: AbortSignal | undefined},
): Promise<string> {
	const [{chooseUri}, {schemeOf}] = await Promise.all([import('../backend/host/libvirtd/default-uri.ts'), import('../spec/parse/parse-uri.ts')]);
	const {uri, started, unloaded} = await chooseUri(environment, uid, {signal, scheme: schemeOf(backend)});
	if (started) {
		const {embeddedNotice} = await import('./embedded-notice.ts');
		const {message, hint} = embeddedNotice(unloaded);
		voice.notice('info', 'embedded-libvirtd', message, hint);
	}
	return uri;
}

/** The same, with nothing started. */
export async function imaginedUri({environment, uid}: Caller, backend: BackendName | undefined): Promise<string> {
	const [{chooseUri}, {embeddedUri}, {schemeOf}] = await Promise.all([
		import('../backend/host/libvirtd/default-uri.ts'),
		import('../backend/host/libvirtd/embedded-place.ts'),
		import('../spec/parse/parse-uri.ts'),
	]);
	const {uri} = await chooseUri(environment, uid, {scheme: schemeOf(backend), startEmbedded: () => Promise.resolve({uri: embeddedUri(), started: false})});
	return uri;
}

/** Root's connection where none is named; undefined for others, whose libvirtd would begin when it is asked. */
export async function systemUri(caller: Caller): Promise<string | undefined> {
	return caller.uid === 0 ? imaginedUri(caller, undefined).catch(() => undefined) : undefined;
}
