import type {Caller} from '../backend/host/caller.ts';

/** What a word of --connect stands for: a name without a colon is one of libvirt.conf's uri_aliases. */
export async function resolveConnect(text: string | undefined, {environment, uid}: Pick<Caller, 'environment' | 'uid'>): Promise<string | undefined> {
	if (text === undefined || text.includes(':')) return text;
	const {readLibvirtConf, resolveUriAlias} = await import('../backend/host/libvirtd/libvirt-conf.ts');
	return resolveUriAlias(text, readLibvirtConf(environment, uid));
}
