import test from 'ava';
import {layoutPanes} from '../../../src/ui/panes/layout-panes.ts';
import {markChanges} from '../../../src/ui/panes/mark-changes.ts';
import {closePane, focusNext, focusPane, noPanes, openPane, togglePane, type PanesState} from '../../../src/ui/panes/pane-state.ts';
import {readLayout, writeLayout} from '../../../src/ui/panes/pane-layout-file.ts';
import {findInPane, findLine, scrollTo} from '../../../src/ui/panes/scroll-pane.ts';

/** `main 0,0 80×23; xml …`: where everything stands. */
function places(state: PanesState, width: number, height: number): string {
	const {main, panes} = layoutPanes(state, width, height);
	return [...(main === undefined ? [] : [{name: 'main', rect: main}]), ...panes.map(({pane, rect}) => ({name: pane.id, rect}))]
		.map(({name, rect: {x, y, width: wide, height: high}}) => `${name} ${x},${y} ${wide}×${high}`)
		.join('; ');
}

const xml = openPane(noPanes, 'xml', {side: 'right'});
const both = openPane(openPane(xml, 'consoles', {side: 'below'}), 'events', {side: 'below'});

const four = openPane(both, 'console', {side: 'below', console: 'a'});

const layouts: ReadonlyArray<readonly [what: string, state: PanesState, width: number, height: number, wanted: string]> = [
	['no panes', noPanes, 80, 23, 'main 0,0 80×23'],
	['one on the right', xml, 120, 39, 'main 0,0 60×39; xml 61,0 59×39'],
	['one on the right of a narrow terminal goes below', xml, 80, 23, 'main 0,0 80×12; xml 0,12 80×11'],
	['one on the right and two below', both, 120, 40, 'main 0,0 60×20; xml 61,0 59×20; consoles 0,20 59×20; events 60,20 60×20'],
	['below on a narrow terminal one stands above the other', openPane(xml, 'top', {side: 'below'}), 80, 23, 'main 0,0 80×9; xml 0,9 80×7; top 0,16 80×7'],
	['more below than there is room for: the latest', four, 80, 23, 'main 0,0 80×9; events 0,9 80×7; console a 0,16 80×7'],
	['and what has the keys', focusPane(four, 'xml'), 80, 23, 'main 0,0 80×9; xml 0,9 80×7; consoles 0,16 80×7'],
	[
		'four below in two rows, where they are wide enough',
		four,
		90,
		40,
		'main 0,0 90×20; xml 0,20 44×10; consoles 45,20 45×10; events 0,30 44×10; console a 45,30 45×10',
	],
	['a small terminal shows what has the keys: the prompt', both, 40, 11, 'main 0,0 40×11'],
	['a small terminal shows what has the keys: a pane', focusPane(both, 'events'), 40, 11, 'events 0,0 40×11'],
	['a pane that is zoomed', {...focusPane(both, 'xml'), zoomed: true}, 200, 49, 'xml 0,0 200×49'],
];

for (const [what, state, width, height, wanted] of layouts) {
	test(`layout: ${what} (${width}×${height})`, (t) => {
		t.is(places(state, width, height), wanted);
	});
}

test('every layout fills the screen and nothing overlaps', (t) => {
	let state = both;
	for (const key of ['a tty', 'b tty', 'c tty']) {
		state = openPane(state, 'console', {side: key === 'b tty' ? 'right' : 'below', console: key});
	}
	for (const [width, height] of [
		[80, 23],
		[81, 23],
		[82, 40],
		[100, 30],
		[133, 37],
		[200, 49],
	] as const) {
		const {main, panes} = layoutPanes(state, width, height);
		const cells = new Set<string>();
		let count = 0;
		for (const rect of [...(main === undefined ? [] : [main]), ...panes.map((each) => each.rect)]) {
			t.true(rect.x + rect.width <= width && rect.y + rect.height <= height);
			t.true(rect.width >= 40 && rect.height >= 7);
			for (let y = rect.y; y < rect.y + rect.height; y++) {
				for (let x = rect.x; x < rect.x + rect.width; x++) {
					cells.add(`${x},${y}`);
					count++;
				}
			}
		}
		t.is(cells.size, count);
	}
});

test('the keys go round the panes and back to the prompt', (t) => {
	const ids: Array<string | undefined> = [];
	let state = both;
	for (let step = 0; step < 5; step++) {
		state = focusNext(state);
		ids.push(state.focus);
	}
	t.deepEqual(ids, ['xml', 'consoles', 'events', undefined, 'xml']);
});

test('from the prompt the keys go on to the pane after that which had them last', (t) => {
	const back = (state: PanesState) => focusPane(state, undefined);
	const first = focusNext(both);
	const second = focusNext(back(first));
	const third = focusNext(back(second));
	t.deepEqual([first.focus, second.focus, third.focus, focusNext(back(third)).focus], ['xml', 'consoles', 'events', 'xml']);
	t.is(focusNext(back(focusPane(both, 'consoles'))).focus, 'events');
	t.is(focusNext(closePane(second, 'consoles')).focus, 'xml');
	t.is(focusNext(noPanes).focus, undefined);
});

test('closing the pane that has the keys gives them to the prompt, and ends zooming', (t) => {
	const zoomed = openPane(both, 'events', {side: 'below', zoom: true});
	t.like(zoomed, {focus: 'events', zoomed: true});
	t.like(closePane(zoomed, 'events'), {focus: undefined, zoomed: false});
	t.deepEqual(
		togglePane(both, 'xml', 'right').panes.map(({id}) => id),
		['consoles', 'events'],
	);
});

test('opening a pane that is open moves it and keeps where it was scrolled to', (t) => {
	const scrolled = {...xml, panes: xml.panes.map((pane) => ({...pane, scroll: 7}))};
	t.like(openPane(scrolled, 'xml', {side: 'below'}).panes[0], {side: 'below', scroll: 7});
});

const changes: ReadonlyArray<readonly [what: string, before: string, after: string, marked: string]> = [
	['nothing', 'a b c', 'a b c', '...'],
	['a line more', 'a b c', 'a x b c', '.x..'],
	['a line less', 'a b c', 'a c', '..'],
	['a line changed', 'a b c', 'a x c', '.x.'],
	['a block moved', 'a b c d', 'c d a b', '..xx'],
	['another uuid', 'a <uuid>4d4e8e93-1111-4222-8333-444455556666</uuid>', 'a <uuid>00000000-aaaa-4bbb-8ccc-ddddeeeeffff</uuid>', '..'],
	['another state directory', "a '/run/virt-sandbox/4d4e8e93/root'", "a '/run/virt-sandbox/00000000/root'", '..'],
	['what we note for ourselves', 'a <sandbox:spec>1', 'a <sandbox:spec>2', '..'],
];

for (const [what, before, after, marked] of changes) {
	test(`marked as changed: ${what}`, (t) => {
		const marks = markChanges(before.split(' '), after.split(' '));
		t.is(marks.map((mark) => (mark ? 'x' : '.')).join(''), marked);
	});
}

test('a search goes on from a line in its direction, and no further than the end', (t) => {
	const lines = ['one', 'Two', 'three', 'two'];
	t.deepEqual(
		[findLine(lines, 'two', 0, 1), findLine(lines, 'two', 2, 1), findLine(lines, 'two', 2, -1), findLine(lines, 'four', 3, -1)],
		[1, 3, 1, undefined],
	);
});

test('open panes come back with the next session; what is unknown or broken is left out', (t) => {
	const state = openPane(openPane(both, 'console', {side: 'right', console: 'web tty'}), 'keys', {side: 'right', zoom: true});
	const read = readLayout(writeLayout(state));
	t.deepEqual(
		read.panes.map(({id, side}) => `${id} ${side}`),
		['xml right', 'consoles below', 'events below', 'console web tty right'],
	);
	t.like(read, {focus: undefined, zoomed: false});
	for (const broken of ['', '[]', '{"version":2,"panes":[{"kind":"xml"}]}', '{"version":1,"panes":[1,{"kind":"nosuch"},{"kind":"console"}]}']) {
		t.deepEqual(readLayout(broken), noPanes);
	}
});

test('scrolling stops at both ends; consoles count from their end', (t) => {
	const from = (scroll: number, fromEnd: boolean) => (rows: number | 'start' | 'end') => scrollTo({scroll}, {most: 10, fromEnd}, rows);
	t.deepEqual([3, -3, 99, -99, 'start' as const, 'end' as const].map(from(5, false)), [8, 2, 10, 0, 0, 10]);
	t.deepEqual([3, -3, 99, -99, 'start' as const, 'end' as const].map(from(5, true)), [2, 8, 0, 10, 10, 0]);
});

test('a search in a console goes back from its end, in a document on from what is shown', (t) => {
	const lines = ['hit 0', 'b', 'hit 2', 'd', 'e', 'f'];
	const console = {lines, most: 4, fromEnd: true};
	t.is(findInPane({scroll: 0}, console, 'HIT', {step: 1, fresh: true}), 2);
	t.is(findInPane({scroll: 2}, console, 'hit', {step: 1, fresh: false}), 4);
	t.is(findInPane({scroll: 4}, console, 'hit', {step: 1, fresh: false}), undefined);
	t.is(findInPane({scroll: 4}, console, 'hit', {step: -1, fresh: false}), 2);
	const text = {lines, most: 4, fromEnd: false};
	t.is(findInPane({scroll: 1}, text, 'hit', {step: 1, fresh: true}), 2);
	t.is(findInPane({scroll: 2}, text, 'hit', {step: -1, fresh: false}), 0);
});
