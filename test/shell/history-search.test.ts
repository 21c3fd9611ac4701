import test from 'ava';
import {createSearch} from '../../src/shell/history-search.ts';

const lines = ['new web', 'set memory 1G', 'set memory 2G', 'list', 'set memory 1G'];

test('each call finds an older line that holds what was typed, none twice', (t) => {
	const search = createSearch();
	t.is(search.next('mem', lines), 'set memory 1G');
	t.is(search.next('set memory 1G', lines), 'set memory 2G');
	t.is(search.next('set memory 2G', lines), undefined);
});

test('after another key the search is for what stands there then', (t) => {
	const search = createSearch();
	t.is(search.next('mem', lines), 'set memory 1G');
	search.end();
	t.is(search.next('new', lines), 'new web');
	search.end();
	t.is(search.next('', lines), 'set memory 1G');
	t.is(search.next('', lines), 'list');
});
