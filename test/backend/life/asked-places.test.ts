import {mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {withoutLinks} from '../../../src/backend/life/control/asked-places.ts';

test('places are named by no link, also by one that leads nowhere yet', (t) => {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'places-')));
	t.teardown(() => rmSync(directory, {recursive: true}));
	mkdirSync(join(directory, 'tools'));
	symlinkSync('tools', join(directory, 'there'));
	symlinkSync('/nowhere/../none', join(directory, 'gone'));
	symlinkSync('../elsewhere', join(directory, 'tools/out'));
	symlinkSync('round', join(directory, 'round'));
	const at = (name: string): string => join(directory, name);
	const PATH = ['there', 'gone/bin', 'there/out/x', 'tools', 'round/x'].map(at);
	t.deepEqual(withoutLinks({PATH: [...PATH, 'relative', ''].join(':'), HOME: at('there'), TERM: 'x'}), {
		PATH: [at('tools'), '/none/bin', at('elsewhere/x'), at('tools'), at('round/x'), 'relative', ''].join(':'),
		HOME: at('tools'),
		TERM: 'x',
	});
	t.deepEqual(withoutLinks({}), {});
});
