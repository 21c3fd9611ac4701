import {ConnectFailed} from '../errors.ts';
import {parseUri, planSockets, type LibvirtUri} from './uri.ts';

/** The last words of a remote host that has no way to its libvirtd; see ssh-failure.ts. */
export const remoteWords = {noHelper: 'virt-ssh-helper is not installed', noProxy: 'neither virt-ssh-helper nor', noSocket: 'no socket of libvirtd'} as const;

/**
 * What the remote host's login shell is to run, so that libvirtd's protocol comes over its standard input and output: virt-ssh-helper,
 * which finds the socket there and starts a session's daemon, else nc with the sockets that are usual.
 */
export function writeRemoteCommand(uri: LibvirtUri, options: {readonly readonly: boolean}): string {
	const netcat = uri.parameters.get('netcat');
	const proxy = uri.parameters.get('proxy') ?? 'auto';
	if (proxy !== 'auto' && proxy !== 'netcat' && proxy !== 'native') {
		throw new ConnectFailed('uri', uri.text, `'${uri.text}' has proxy=${proxy}; known are auto, netcat and native`);
	}

	if (proxy === 'native' && netcat !== undefined) {
		throw new ConnectFailed('uri', uri.text, `'${uri.text}' has netcat=, which proxy=native does not use`);
	}

	const target = findTarget(uri);
	const helper = `exec virt-ssh-helper ${options.readonly ? '-r ' : ''}${quote(uri, writeHelperUri(uri, target))}`;
	const ifHelper = `if command -v virt-ssh-helper >/dev/null 2>&1; then ${helper}; fi`;
	const script =
		proxy === 'native'
			? `${ifHelper}; echo ${remoteWords.noHelper} >&2; exit 127`
			: proxy === 'netcat' || netcat !== undefined
				? writeNetcat(uri, target, options.readonly)
				: `${ifHelper}; ${writeNetcat(uri, target, options.readonly)}`;
	return `sh -c '${script.replaceAll("'", String.raw`'\''`)}'`;
}

/** With name= the URI that is opened there is another one than ours. */
function findTarget(uri: LibvirtUri): LibvirtUri {
	if (!uri.parameters.has('name')) {
		return uri;
	}

	const target = parseUri(uri.name);
	if (target.transport !== 'unix' || target.host !== undefined) {
		throw new ConnectFailed('uri', uri.text, `'${uri.text}' has name=${uri.name}, which is not a URI of the remote host itself`);
	}

	return target;
}

function writeHelperUri(uri: LibvirtUri, target: LibvirtUri): string {
	const parameters = ['mode', 'socket'].flatMap((name) => {
		const value = uri.parameters.get(name);
		return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
	});
	return `${target.driver}://${target.path}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`;
}

/** nc takes no URI: the first socket that is there. `-q0`, where nc knows it, ends it with our side. */
function writeNetcat(uri: LibvirtUri, target: LibvirtUri, readonly: boolean): string {
	const nc = quote(uri, uri.parameters.get('netcat') ?? 'nc');
	const sockets = findSockets(uri, target, readonly);
	return [
		`if command -v ${nc} >/dev/null 2>&1; then :; else echo ${remoteWords.noProxy} ${nc} is installed >&2; exit 127; fi`,
		`if ${nc} -q 2>&1 </dev/null | grep "requires an argument" >/dev/null; then q=-q0; else q=; fi`,
		`for s in ${sockets.join(' ')}; do if [ -S "$s" ]; then exec ${nc} $q -U "$s"; fi; done`,
		`echo ${remoteWords.noSocket}: "$s" does not exist >&2; exit 1`,
	].join('; ');
}

/** Shell words. Where a session's sockets are only the remote host knows. */
function findSockets(uri: LibvirtUri, target: LibvirtUri, readonly: boolean): string[] {
	const remoteFolder = '/remote-folder';
	const parameters = new Map([...uri.parameters].filter(([name]) => name === 'mode' || name === 'socket'));
	const {paths} = planSockets(
		{...target, text: uri.text, parameters},
		{readonly, environment: {XDG_RUNTIME_DIR: remoteFolder}, uid: target.path === '/session' ? 1 : 0},
	);
	return paths.map((path) =>
		path.startsWith(`${remoteFolder}/`) ? `"\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}${path.slice(remoteFolder.length)}"` : quote(uri, path),
	);
}

function quote(uri: LibvirtUri, word: string): string {
	if (word === '' || word.startsWith('-') || /\p{Cc}/u.test(word)) {
		throw new ConnectFailed('uri', uri.text, `'${uri.text}' has a word that the remote shell must not be given: '${word.replaceAll(/\p{Cc}/gu, '?')}'`);
	}

	return `"${word.replaceAll(/[\\"$`]/g, String.raw`\$&`)}"`;
}
