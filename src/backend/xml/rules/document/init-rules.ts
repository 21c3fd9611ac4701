import type {ScannedElement} from '../../scan/scanned.ts';
import {textIn, valueOf} from '../domain-view.ts';
import {containers, type Rule} from '../rule.ts';

/** What a container runs, as whom, and in which network. */
export const initRules: readonly Rule[] = [
	{
		id: 'ids-unmapped',
		drivers: containers,
		level: 'error',
		isOfLack: true,
		about: "A container's <idmap> maps users and groups, its root among them, and none twice.",
		*find({one, all}) {
			const idmap = one('idmap');
			if (idmap === undefined) return;
			for (const [kind, name] of [
				['uid', 'users'],
				['gid', 'groups'],
			] as const) {
				const maps = all(`idmap/${kind}`);
				const [first] = maps;
				if (first === undefined) {
					yield {
						at: idmap,
						culprit: '<idmap>',
						message: `<idmap> maps no ${name}: users and groups are mapped together`,
						cure: `<${kind} start='0' target='100000' count='65536'/>`,
					};
					continue;
				}
				if (!maps.some((each) => Number(valueOf(each, 'start')) === 0)) {
					yield {
						at: first,
						attribute: 'start',
						message: "The container's root must be mapped",
						cure: "start='0'",
					};
				}
				for (const each of maps) {
					if (Number(valueOf(each, 'count')) === 0) yield {at: each, attribute: 'count', message: `It maps no ${name}`, cure: "count='65536'"};
				}
				for (const [index, each] of maps.entries()) {
					if (maps.slice(0, index).some((other) => overlap(each, other, 'start') || overlap(each, other, 'target'))) {
						yield {at: each, attribute: 'start', message: `Some ${name} are mapped twice`, cure: 'ranges that do not overlap'};
					}
				}
			}
		},
	},
	{
		id: 'init-with-arguments',
		drivers: containers,
		level: 'error',
		isOfLack: true,
		about: '<init> is the path of a program; each argument is an <initarg>.',
		*find({one}) {
			const init = one('os/init');
			if (init === undefined) {
				const os = one('os');
				if (os !== undefined) yield {at: os, culprit: '<os>', message: 'A container needs an <init>', cure: '<init>/bin/sh</init>'};
				return;
			}
			const [program = '', ...more] = textIn(init).split(/\s+/);
			if (more.length === 0 || !/^\/(?:usr\/)?(?:local\/)?s?bin\//.test(program) || !/^(?:-|[\w.]+$)/.test(more[0] ?? '')) return;
			const text = `<init>${program}</init>${more.map((word) => `<initarg>${word}</initarg>`).join('')}`;
			yield {
				at: init,
				message: `'${textIn(init)}' is one path with blanks in it`,
				cure: text,
				edits: /[&<]/.test(textIn(init)) ? undefined : [{start: init.start, end: init.end, text}],
			};
		},
	},
	{
		id: 'environment-in-quotes',
		drivers: containers,
		level: 'warning',
		about: 'No shell takes the quotes off the value of an <initenv>.',
		*find({all}) {
			for (const element of all('os/initenv')) {
				const text = textIn(element);
				const [, , inner] = /^(['"])(.*)\1$/s.exec(text) ?? [];
				if (inner === undefined) continue;
				yield {
					at: element,
					message: 'No shell takes the quotes off',
					cure: inner,
					edits: element.children.length === 1 ? [{...element.inner, text: inner.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}] : undefined,
				};
			}
		},
	},
	{
		id: 'environment-with-name',
		drivers: containers,
		level: 'warning',
		about: 'The value of an <initenv> does not begin with its name.',
		*find({all}) {
			for (const element of all('os/initenv')) {
				const name = valueOf(element, 'name') ?? '';
				const text = textIn(element);
				if (name === '' || !text.startsWith(`${name}=`)) continue;
				yield {at: element, message: `The value of ${name} begins with '${name}=' itself`, cure: text.slice(name.length + 1)};
			}
		},
	},
	{
		id: 'network-shared-and-own',
		drivers: containers,
		level: 'error',
		about: 'A container shares a network, or has interfaces of its own.',
		*find({one, all}) {
			const share = one('lxc:namespace/lxc:sharenet');
			if (share === undefined || all('devices/interface').length === 0) return;
			yield {
				at: share,
				culprit: 'sharenet',
				message: 'A network that is shared and interfaces of its own exclude each other',
				cure: 'take one of them out',
			};
		},
	},
	{
		id: 'network-of-host',
		drivers: containers,
		level: 'info',
		isOfLack: true,
		about: "A container without interfaces and without <privnet/> has the host's network.",
		*find({root, one, all}) {
			if (one('features/privnet') !== undefined || all('devices/interface').length > 0 || one('lxc:namespace/lxc:sharenet') !== undefined) return;
			yield {
				at: root,
				culprit: '<domain>',
				message: "The container has the host's network, with its abstract sockets",
				cure: '<features><privnet/></features>',
			};
		},
	},
];

function overlap(one: ScannedElement, other: ScannedElement, name: string): boolean {
	const [first, second] = [one, other].map((each) => ({start: Number(valueOf(each, name)), count: Number(valueOf(each, 'count'))}));
	return first !== undefined && second !== undefined && first.start < second.start + second.count && second.start < first.start + first.count;
}
