import type {ScannedElement} from '../../scan/scanned.ts';
import {repeated, textIn, valueOf, type Domain} from '../domain-view.ts';
import {setText} from '../edits.ts';
import {both, machines, type Rule} from '../rule.ts';

const deviceNames = [
	'disk',
	'interface',
	'filesystem',
	'controller',
	'input',
	'graphics',
	'video',
	'sound',
	'console',
	'serial',
	'parallel',
	'channel',
	'hostdev',
	'redirdev',
	'memballoon',
	'rng',
	'tpm',
	'watchdog',
	'panic',
	'vsock',
	'memory',
	'shmem',
	'iommu',
	'hub',
	'smartcard',
];

/** Names, identities, and what happens when a domain ends. */
export const nameRules: readonly Rule[] = [
	{
		id: 'name-with-slash',
		drivers: both,
		level: 'error',
		about: "The name of a domain has no '/'.",
		*find({one}) {
			const name = one('name');
			const text = textIn(name);
			if (name === undefined || !text.includes('/')) return;
			const better = text.replaceAll('/', '-');
			yield {at: name, message: `The name '${text}' has a '/'`, cure: better};
		},
	},
	{
		id: 'alias-not-kept',
		drivers: both,
		level: 'warning',
		about: "An alias of one's own begins with ua-; libvirt drops any other one.",
		*find(domain) {
			// libvirt writes its own ones into the document of a domain that runs.
			if (valueOf(domain.root, 'id') !== undefined) return;
			for (const alias of aliasesOf(domain)) {
				const name = valueOf(alias, 'name') ?? '';
				if (name.startsWith('ua-')) continue;
				yield {at: alias, attribute: 'name', message: `libvirt drops the alias '${name}'`, cure: `name='ua-${name}'`};
			}
		},
	},
	{
		id: 'alias-twice',
		drivers: both,
		level: 'error',
		about: "An alias of one's own names one device.",
		*find(domain) {
			for (const [alias] of repeated(aliasesOf(domain), ownAlias)) {
				const name = valueOf(alias, 'name') ?? '';
				yield {at: alias, attribute: 'name', message: `Two devices have the alias '${name}'`, cure: `another name: '${name}2'`};
			}
		},
	},
	{
		id: 'uuid-of-sysinfo',
		drivers: machines,
		level: 'error',
		about: 'The UUID in <sysinfo> is that of the domain.',
		*find({one, all}) {
			const uuid = textIn(one('uuid')).toLowerCase();
			for (const entry of all('sysinfo/system/entry')) {
				if (valueOf(entry, 'name') !== 'uuid' || uuid === '' || textIn(entry).toLowerCase() === uuid) continue;
				yield {at: entry, message: 'The UUID in <sysinfo> is not that of the domain', cure: uuid, edits: setText(entry, uuid)};
			}
		},
	},
	{
		id: 'end-not-supported',
		drivers: machines,
		level: 'error',
		about: 'A machine is destroyed or restarted when it ends; QEMU knows neither preserve nor rename-restart.',
		*find({one}) {
			for (const [path, refused] of [
				['on_poweroff', ['preserve', 'rename-restart']],
				['on_reboot', ['preserve', 'rename-restart']],
				['on_crash', ['rename-restart']],
			] as const) {
				const element = one(path);
				const action = refused.find((each) => each === textIn(element));
				if (element === undefined || action === undefined) continue;
				yield {at: element, message: `QEMU cannot '${action}' in <${path}>`, cure: action === 'preserve' ? 'destroy' : 'restart'};
			}
			const [poweroff, reboot] = [one('on_poweroff'), one('on_reboot')];
			if (poweroff === undefined || textIn(poweroff) !== 'restart' || textIn(reboot) !== 'destroy') return;
			yield {
				at: poweroff,
				message: 'QEMU cannot restart at a power-off where it is destroyed at a reboot',
				cure: 'destroy',
				edits: setText(poweroff, 'destroy'),
			};
		},
	},
	{
		id: 'label-model-twice',
		drivers: both,
		level: 'error',
		about: 'Each security model has one <seclabel>.',
		*find({all}) {
			for (const [label] of repeated(all('seclabel'), (each) => valueOf(each, 'model'))) {
				const model = valueOf(label, 'model') ?? '';
				yield {at: label, attribute: 'model', message: `There are two labels of the model '${model}'`, cure: 'take one out'};
			}
		},
	},
];

function aliasesOf({all}: Domain): ScannedElement[] {
	return deviceNames.flatMap((name) => all(`devices/${name}/alias`)).toSorted((one, other) => one.start - other.start);
}

/** libvirt gives the first console the alias of its serial port. */
function ownAlias(alias: ScannedElement): string | undefined {
	const name = valueOf(alias, 'name');
	return name?.startsWith('ua-') === true && alias.parent?.name !== 'console' ? name : undefined;
}
