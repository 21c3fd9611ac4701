import {childOf, integerOf, repeated, valueOf} from '../domain-view.ts';
import {machines, type Rule} from '../rule.ts';

/** Screens, and how they are reached. */
export const screenRules: readonly Rule[] = [
	{
		id: 'port-thrown-away',
		drivers: machines,
		level: 'warning',
		about: "autoport='yes' throws away the port that is given.",
		*find({root, all}) {
			if (valueOf(root, 'id') !== undefined) return;
			for (const graphics of all('devices/graphics')) {
				const port = integerOf(valueOf(graphics, 'port'));
				if (valueOf(graphics, 'autoport') !== 'yes' || port === undefined || port === 0) continue;
				yield {
					at: graphics,
					attribute: 'autoport',
					message: `autoport='yes' throws the port ${port} away`,
					cure: "autoport='no'",
				};
			}
		},
	},
	{
		id: 'vnc-port',
		drivers: machines,
		level: 'error',
		about: 'The port of VNC is 5900 to 65535.',
		*find({all}) {
			for (const graphics of all('devices/graphics')) {
				const port = valueOf(graphics, 'port');
				if (valueOf(graphics, 'type') !== 'vnc' || valueOf(graphics, 'autoport') === 'yes' || valueOf(graphics, 'socket') !== undefined) continue;
				const kinds = [childOf(graphics, 'listen')].map((listen) => valueOf(listen, 'type'));
				if (kinds.some((kind) => kind === 'socket' || kind === 'none')) continue;
				const number = integerOf(port);
				if (number !== undefined && number >= 5900 && number <= 65_535) continue;
				if (port === undefined ? valueOf(graphics, 'autoport') !== 'no' : port === '-1') continue;
				const better = number !== undefined && number < 100 ? String(5900 + number) : undefined;
				yield {
					at: graphics,
					attribute: port === undefined ? 'autoport' : 'port',
					message: 'The port of VNC is 5900 to 65535',
					cure: better === undefined ? "autoport='yes'" : `port='${better}'`,
				};
			}
		},
	},
	{
		id: 'screen-port-twice',
		drivers: machines,
		level: 'error',
		about: 'Each screen has a port of its own.',
		*find({all}) {
			const fixed = all('devices/graphics').filter((each) => valueOf(each, 'autoport') !== 'yes' && (integerOf(valueOf(each, 'port')) ?? 0) > 0);
			for (const [graphics] of repeated(fixed, (each) => valueOf(each, 'port'))) {
				yield {at: graphics, attribute: 'port', message: `Two screens have the port ${valueOf(graphics, 'port')}`, cure: 'another port'};
			}
		},
	},
	{
		id: 'screen-twice',
		drivers: machines,
		level: 'error',
		about: 'A machine has one screen of each type.',
		*find({all}) {
			for (const [graphics] of repeated(all('devices/graphics'), (each) => valueOf(each, 'type'))) {
				yield {
					at: graphics,
					attribute: 'type',
					message: `There are two screens of the type '${valueOf(graphics, 'type')}'`,
					cure: 'take one out',
				};
			}
		},
	},
	{
		id: 'screen-address',
		drivers: machines,
		level: 'error',
		about: "listen='…' of a screen says what its first <listen> says.",
		*find({all}) {
			for (const graphics of all('devices/graphics')) {
				const listen = valueOf(graphics, 'listen');
				const address = valueOf(childOf(graphics, 'listen'), 'address');
				if (listen === undefined || address === undefined || listen === address) continue;
				yield {
					at: graphics,
					attribute: 'listen',
					message: `listen='${listen}' is not the address ${address} of <listen>`,
					cure: `listen='${address}', or take it out`,
				};
			}
		},
	},
	{
		id: 'vnc-password-long',
		drivers: machines,
		level: 'error',
		about: 'The password of VNC has at most 8 characters.',
		*find({all}) {
			for (const graphics of all('devices/graphics')) {
				if (valueOf(graphics, 'type') !== 'vnc' || (valueOf(graphics, 'passwd') ?? '').length <= 8) continue;
				yield {at: graphics, attribute: 'passwd', culprit: 'passwd', message: 'The password of VNC has at most 8 characters', cure: 'a shorter one'};
			}
		},
	},
	{
		id: 'screen-open-to-all',
		drivers: machines,
		level: 'info',
		about: 'A screen that listens everywhere, without a password, is open to the network.',
		*find({all}) {
			for (const graphics of all('devices/graphics')) {
				const address = valueOf(childOf(graphics, 'listen'), 'address') ?? valueOf(graphics, 'listen');
				if ((address !== '0.0.0.0' && address !== '::') || valueOf(graphics, 'passwd') !== undefined) continue;
				yield {
					at: graphics,
					attribute: 'listen',
					message: 'Everybody on the network sees and uses this screen',
					cure: "the address 127.0.0.1, or passwd='…'",
				};
			}
		},
	},
];
