import {planDirectory} from '../../../src/backend/start/plan-directory.ts';
import {testAsRoot} from '../../helpers/other-mounts.ts';

testAsRoot('root opens the directory in which an ordinary user is, not one that is named: the user may not get there', (t) => {
	const plan = (user: number, cwd: string | undefined, caller = '/usr/lib') =>
		planDirectory({rootBase: '', places: []}, cwd, {caller, home: '/', user}).isFixed;
	t.true(plan(0, '/usr/share'));
	t.true(plan(1000, undefined));
	t.true(plan(1000, '/usr/lib'));
	t.false(plan(1000, '/usr/share'));
});
