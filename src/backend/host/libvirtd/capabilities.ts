import {ShellError} from '../../../core/errors.ts';

/** A security driver of a connection, from its capabilities. */
export interface SecurityModelOffer {
	/** `selinux`, `apparmor`, `dac`; `none` is left out. */
	readonly model: string;
	/** The label that dynamic labels are made from, by domain type (`lxc`, `kvm`, `qemu`). */
	readonly baseLabels: Readonly<Record<string, string>>;
}

/** What a connection offers, as far as sandboxes care. */
export interface Capabilities {
	readonly securityModels: readonly SecurityModelOffer[];
	/** Domain types (`lxc`, `kvm`, `qemu`) of the guests of the host's own architecture or any other. */
	readonly domainTypes: readonly string[];
}

function decode(text: string): string {
	return text
		.replace(/&#(?:x([\da-f]{1,6})|(\d{1,7}));/gi, (_, hex: string | undefined, decimal: string | undefined) => {
			const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
			return code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
		})
		.replace(/&(lt|gt|quot|apos);/g, (_, name: 'lt' | 'gt' | 'quot' | 'apos') => ({lt: '<', gt: '>', quot: '"', apos: "'"})[name])
		.replaceAll('&amp;', '&');
}

function parseSecurityModel(xml: string): SecurityModelOffer {
	const baseLabels: Record<string, string> = {};
	for (const [, type = '', label = ''] of xml.matchAll(/<baselabel\s+type=["']([^"']*)["']\s*>([^<]*)<\/baselabel>/g)) {
		baseLabels[decode(type)] = decode(label).trim();
	}
	return {model: decode(/<model>([^<]*)<\/model>/.exec(xml)?.[1] ?? 'none').trim(), baseLabels};
}

/**
 * Reads what `virConnectGetCapabilities` gave. A scan for the few elements that matter and no XML parser, which would take
 * longer to load than the call: it is on the path of every start, and the daemon writes the document by machine.
 */
export function parseCapabilities(xml: string): Capabilities {
	if (!/<capabilities[\s>]/.test(xml)) {
		throw new ShellError('failed', 'The daemon gave something other than its capabilities', {hint: 'Look at the log of the daemon.'});
	}
	const plain = xml.replace(/<!--[\s\S]*?-->/g, '');
	const host = /<host>[\s\S]*?<\/host>/.exec(plain)?.[0] ?? '';
	const models = Array.from(host.matchAll(/<secmodel>[\s\S]*?<\/secmodel>/g), (match) => parseSecurityModel(match[0]));
	const types = Array.from(plain.matchAll(/<domain\s+type=["']([a-z]+)["']/g), (match) => match[1] ?? '');
	return {securityModels: models.filter(({model}) => model !== 'none' && model !== ''), domainTypes: [...new Set(types)]};
}
