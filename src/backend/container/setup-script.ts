import {isWithin} from '../../spec/paths.ts';
import type {Network, SandboxSpec} from '../../spec/types.ts';
import {quote, type Identity} from '../guest/command-file.ts';
import {includeFunctions, type IncludeWay} from '../guest/include-functions.ts';
import {networkScript, resolverLink, type ResolverPlan} from '../guest/network-script.ts';
import type {HostsPlan} from '../guest/own-name.ts';
import {appletLines} from '../guest/init-functions.ts';
import type {ProgramBasis} from '../guest/program/program-basis.ts';
import {readerFile, scriptProgram} from '../guest/program/reader-program.ts';
import {ioTarget, type RootPlan} from '../guest/root/root-plan.ts';
import {isSettled} from './mounts/refused-mounts.ts';

/** As statfs has it, in hexadecimal digits. */
const tmpfsType = '1021994';

/** What is copied in from the host before the command starts. */
export interface IncludePlan {
	/** Below the guest's directory of pipes. */
	readonly name: string;
	readonly target: string;
	readonly way: IncludeWay;
}

/** A disk of the guest. */
export interface DiskPlan {
	readonly tag: string;
	/** Its name in /dev. */
	readonly node: string;
}

interface SetupPlan {
	readonly disks: readonly DiskPlan[];
	readonly resolver: ResolverPlan | undefined;
	readonly hosts: HostsPlan | undefined;
	readonly root: RootPlan;
	/** Of these all is settled. */
	readonly late: ReadonlySet<string>;
	readonly includes: readonly IncludePlan[];
	readonly includeReader: Identity | undefined;
	readonly account: Identity;
	readonly networks: readonly Network[];
	readonly spec: Pick<SandboxSpec, 'idmap'>;
}

/** What the init does before the first session: modes and owners of ram mounts, which libvirt cannot set; includes; networks. Shell, read by the init. */
export function setupScript({root, includes, includeReader, account, networks, resolver, hosts, disks, spec, late}: SetupPlan): string {
	const check = spec.idmap === undefined ? [] : readonlyLines(root, {includes, resolver, hosts});
	const loopback = networks.length === 0 ? [] : ['ip link set lo up'];
	const networkLines = [...loopback, ...networkScript(networks)];
	const lines = [
		...check,
		...ramLines(root, late),
		...diskLines(disks, account),
		...resolverLink(resolver),
		...includeLines(includes, includeReader, account),
		...networkLines,
	];
	return `${lines.join('\n')}\n`;
}

/** With mapped ids libvirt goes on when it cannot make a mount read-only: nothing runs then. */
function readonlyLines(root: RootPlan, {includes, resolver, hosts}: Pick<SetupPlan, 'includes' | 'resolver' | 'hosts'>): string[] {
	const places = root.mounts.flatMap(({kind, target, readonly, cause}) => {
		// Ours lies on the host's own mount there.
		if ((resolver?.kind === 'bind' && resolver.target === target) || hosts?.target === target) return [];
		// What hides is ours, and nobody's in the guest.
		return readonly && kind !== 'hide' && (kind === 'bind' || cause !== undefined) ? target : [];
	});
	const patterns = [...places, ...includes.map(({name}) => `${ioTarget}/${name}`)].map((place) => quote(escapeMountPoint(place)));
	return [
		'while read -r _ _ _ _ place options _; do',
		`case $place in ${patterns.join('|')}) case ,$options, in *,ro,*) ;; *) fatal writable ;; esac ;; esac`,
		'done </proc/self/mountinfo',
	];
}

/** As /proc/self/mountinfo writes it. */
function escapeMountPoint(path: string): string {
	return path.replaceAll(/[ \t\n\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/** Where others may have put a link or another directory in its place meanwhile, it is that of nobody: a ram is mounted there, and on a device of its own. */
const settleFunction = `settle_ram() {
	cd -P "$1" && [ "$PWD" = "$1" ] && [ "$(stat -f -c %t .)" = ${tmpfsType} ] && [ "$(stat -c %d .)" != "$(stat -c %d ..)" ] || return
	chown $2 . && chmod $3 .
}`;

function ramLines(root: RootPlan, late: ReadonlySet<string>): string[] {
	const rams = root.mounts.filter((mount) => mount.kind === 'ram').filter((ram) => !ram.readonly && !late.has(ram.target) && isSettled(ram));
	// Those in the skeleton are where they were planned: all at once, as every start has them.
	const isPlain = ({target, uid, gid}: (typeof rams)[number]): boolean =>
		uid === 0 && gid === 0 && root.mounts.every((mount) => mount.target === target || !isWithin(target, mount.target));
	const plain = rams.filter(isPlain);
	const settled = rams.filter((ram) => !isPlain(ram));
	const modes = [...new Set(plain.map(({mode}) => mode))];
	const ofMode = (mode: number): string[] => plain.filter((ram) => ram.mode === mode).map(({target}) => quote(target));
	return [
		...modes.map((mode) => `chmod ${mode.toString(8)} ${ofMode(mode).join(' ')} || fatal ram`),
		...(settled.length === 0 ? [] : [settleFunction]),
		...settled.map(({target, mode, uid, gid}) => `(settle_ram ${quote(target)} ${uid}:${gid} ${mode.toString(8)}) || fatal ram`),
	];
}

/** Disks are found by their tags, and are the command's own. */
function diskLines(disks: readonly DiskPlan[], {uid, gid}: Identity): string[] {
	if (disks.length === 0) return [];
	return [
		'mkdir -p /dev/disk/by-tag',
		...disks.flatMap(({tag, node}) => [`chown ${uid}:${gid} /dev/${node}`, `ln -s /dev/${node} ${quote(`/dev/disk/by-tag/${tag}`)}`]),
	];
}

/** Whether all of an include is done with the rights of the user, who may not write to every directory that is mounted. */
function isByUser({way}: IncludePlan, reader: Identity | undefined): boolean {
	return reader !== undefined && way === 'shared';
}

/** The programs that `setupScript` has run for includes, by their names in the guest's directory of pipes. */
export function includePrograms({
	includes,
	includeReader: reader,
	begin,
}: Pick<SetupPlan, 'includes' | 'includeReader'> & {readonly begin: Pick<ProgramBasis, 'architecture'>}): ReadonlyArray<
	readonly [name: string, program: Buffer]
> {
	if (reader === undefined) return [];
	return includes
		.filter((include) => isByUser(include, reader))
		.map(({name, target, way}) => {
			const bring = `bring ${ioTarget}/${name} ${quote(target)} ${reader.uid}:${reader.gid} ${way}`;
			return [`${name}.run`, scriptProgram(reader, begin.architecture, [appletLines, includeFunctions, bring].join('\n'))];
		});
}

function includeLines(includes: readonly IncludePlan[], reader: Identity | undefined, {uid, gid}: Identity): string[] {
	if (includes.length === 0) return [];
	const reading = reader === undefined ? '' : ` ${ioTarget}/${readerFile}`;
	const lines = includes.map((include) => {
		if (isByUser(include, reader)) return `${ioTarget}/${include.name}.run || fatal include`;
		const source = `${ioTarget}/${include.name}`;
		return `(bring ${source} ${quote(include.target)} ${uid}:${gid} ${include.way}${reading}) || fatal include`;
	});
	return [includeFunctions, ...lines];
}
