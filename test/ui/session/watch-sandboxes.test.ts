import test from 'ava';
import type {DomainEvent, Following} from '../../../src/commands/sandboxes.ts';
import {watchSandboxes} from '../../../src/ui/session/watch-sandboxes.ts';

const main = 'lxc:///system';
const other = 'qemu:///system';
/** Nobody ever answers there. */
const slow = 'lxc+ssh://far/system';

/** Connections with what runs on them, and what the watch told. */
function createWorld(running: Readonly<Record<string, readonly string[]>>, uri: () => string | undefined = () => undefined) {
	const told: string[] = [];
	const loss = new Map<string, () => void>();
	const tells = new Map<string, (event: DomainEvent) => void>();
	const now = new Map(Object.entries(running));
	let heard = Promise.withResolvers<void>();
	const tell = (what: string): void => {
		told.push(what);
		heard.resolve();
		heard = Promise.withResolvers();
	};
	async function* events({uri = '', onReady}: Following): AsyncGenerator<DomainEvent> {
		if (uri === slow) {
			await new Promise(() => {});
		}
		if (!now.has(uri)) {
			throw new Error('nobody answers');
		}
		onReady?.();
		for (;;) {
			yield await new Promise<DomainEvent>((resolve, reject) => {
				tells.set(uri, resolve);
				loss.set(uri, () => reject(new Error('lost')));
			});
		}
	}
	const watch = watchSandboxes({
		sandboxes: {
			defaultUri: () => Promise.resolve(main),
			places: () => Promise.resolve([other]),
			list: ({uri = ''}) =>
				Promise.resolve(
					(now.get(uri) ?? []).map((name) => ({name, id: '1', state: 'running', uri, uuid: name === 'same' ? name : `${uri} ${name}`, ours: true})),
				),
			events,
		},
		uri,
		signal: new AbortController().signal,
		onTarget: (uri) => tell(`target ${uri}`),
		onList: (marks, uri) => tell(`${uri}: ${marks.map(({name}) => name).join(' ')}`),
		onEvent() {},
		onLost: (uri, marks, why) => tell(`lost ${uri}: ${marks.map(({name}) => name).join(' ')} (${why})`),
	});
	return {
		watch,
		told,
		now,
		event: (uri: string) => tells.get(uri)?.({timeMs: 0, name: 'x', event: 'started', ours: undefined}),
		lose: (uri: string) => loss.get(uri)?.(),
		async hear(what: string) {
			while (!told.includes(what)) {
				await heard.promise;
			}
		},
	};
}

test('what runs is followed on the session’s connection and wherever else sandboxes of this user run', async (t) => {
	const {watch, now, event, lose, hear} = createWorld({[main]: ['web'], [other]: ['db']});
	await watch.refresh();
	await hear(`${other}: web db`);
	now.set(other, ['db', 'new']);
	event(other);
	await hear(`${other}: web db new`);
	lose(main);
	await hear(`lost ${main}: db new (lost)`);
	await watch.refresh();
	await hear(`${main}: db new web`);
	t.pass();
});

test('a connection that does not answer is none that was lost', async (t) => {
	const {watch, told, hear} = createWorld({[other]: []});
	await watch.refresh();
	await hear(`${other}: `);
	t.deepEqual(told, [`target ${main}`, `${other}: `]);
});

test('a connection that is slow to answer holds up no other', async (t) => {
	let uri = slow;
	const {watch, hear} = createWorld({[main]: ['web'], [other]: []}, () => uri);
	void watch.refresh();
	await hear(`target ${slow}`);
	uri = main;
	void watch.refresh();
	await hear(`target ${main}`);
	await hear(`${main}: web`);
	t.pass();
});

test('a look that fails does not end those after it', async (t) => {
	let isBroken = true;
	const {watch, told} = createWorld({[main]: [], [other]: []}, () => {
		if (isBroken) {
			throw new Error('broken');
		}
		return main;
	});
	await watch.refresh();
	isBroken = false;
	await watch.refresh();
	t.is(told[0], `target ${main}`);
});

test('a sandbox that two addresses lead to is one', async (t) => {
	const {watch, hear} = createWorld({[main]: ['web', 'same'], [other]: ['same', 'db']});
	await watch.refresh();
	await hear(`${other}: web same db`);
	t.pass();
});
