import {mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {realPlaces} from '../../../src/backend/life/control/asked-places.ts';

test('where places lead is told by no link, also by one that leads nowhere yet', (t) => {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'places-')));
	t.teardown(() => rmSync(directory, {recursive: true}));
	mkdirSync(join(directory, 'tools'));
	symlinkSync('tools', join(directory, 'there'));
	symlinkSync('/nowhere/../none', join(directory, 'gone'));
	symlinkSync('../elsewhere', join(directory, 'tools/out'));
	symlinkSync('round', join(directory, 'round'));
	const at = (name: string): string => join(directory, name);
	const PATH = ['there', 'gone/bin', 'there/out/x', 'tools', 'round/x'].map(at);
	t.deepEqual(realPlaces({PATH: [...PATH, 'relative', ''].join(':'), HOME: at('there'), TERM: 'x'}), {
		programs: [at('tools'), '/none/bin', at('elsewhere/x'), at('tools'), at('round/x'), 'relative', ''],
		home: at('tools'),
	});
	t.deepEqual(realPlaces({}), {programs: [], home: undefined});
});
