import test from 'ava';
import {createAskedEnds} from '../../../src/ui/session/asked-ends.ts';

test('a command that ends a sandbox counts while it runs, and for a moment after', (t) => {
	let ms = 1000;
	const asked = createAskedEnds(() => ms);
	t.false(asked.has('web', 'web'));
	asked.running('stop web');
	t.true(asked.has('web', undefined));
	t.false(asked.has('db', 'web'));
	asked.running(undefined);
	ms += 2000;
	t.true(asked.has('web', undefined));
	asked.running(undefined);
	ms += 1001;
	t.false(asked.has('web', undefined));
	asked.running('destroy --time 3');
	t.false(asked.has('db', undefined));
	asked.running('destroy');
	t.true(asked.has('db', 'db'));
	asked.running('list');
	t.false(asked.has('db', 'db'));
});
