import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../core/clock-ms.ts';
import {defineCommand, flag, option, optional} from './command.ts';
import {count, seconds} from './kinds.ts';
import {anyName} from './names.ts';
import type {DomainFigures} from './sandboxes.ts';
import {callingFor} from './running.ts';

const columns = [
	{name: 'name'},
	{name: 'state'},
	{name: 'cpu', unit: '%'},
	{name: 'cpuTime', unit: 'ms'},
	{name: 'memory', unit: 'KiB'},
	{name: 'processes'},
	{name: 'read', unit: 'KiB'},
	{name: 'written', unit: 'KiB'},
	{name: 'received', unit: 'KiB'},
	{name: 'sent', unit: 'KiB'},
] as const;

export const stats = defineCommand({
	name: 'stats',
	group: 'look',
	summary: 'Show what sandboxes use of CPU, memory, disk and network',
	description: 'Once, or with --follow again and again until ^C. CPU is in percent of one CPU since the look before; the first look shows none.',
	params: {
		name: optional(anyName, 'one sandbox; left out: all that run'),
		follow: flag('look again and again'),
		count: option(count('N', 1, 1_000_000), 'so many looks'),
		interval: option(seconds, 'time between two looks (default 1)'),
	},
	examples: [
		['stats', 'shows all sandboxes that run'],
		['stats web --count 3 --interval 0.1', 'looks at web three times'],
	],
	async *run({name, follow, count: looks, interval = 1000}, context) {
		const calling = callingFor(context, name);
		let before = new Map<string, DomainFigures>();
		let then = clockMs();
		for (let look = 1; ; look++) {
			const figures = await context.sandboxes.stats(name, calling);
			const now = clockMs();
			const rows = figures.map((each) => ({
				name: each.name,
				state: each.state,
				cpu: percentOf(before.get(each.name), each, now - then),
				cpuTime: each.cpuTimeMs,
				memory: each.memoryKiB,
				processes: each.processes,
				read: each.readKiB,
				written: each.writtenKiB,
				received: each.receivedKiB,
				sent: each.sentKiB,
			}));
			yield {kind: 'table', columns, rows};
			if (look === looks || (looks === undefined && !follow)) {
				return;
			}
			before = new Map(figures.map((each) => [each.name, each]));
			then = now;
			await wait(interval, undefined, {signal: calling.signal}).catch(() => calling.signal.throwIfAborted());
		}
	},
});

function percentOf(before: DomainFigures | undefined, now: DomainFigures, elapsedMs: number): number | null {
	return typeof before?.cpuTimeMs === 'number' && now.cpuTimeMs !== null ? Math.round((1000 * (now.cpuTimeMs - before.cpuTimeMs)) / elapsedMs) / 10 : null;
}
