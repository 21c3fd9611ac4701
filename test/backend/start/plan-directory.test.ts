import {planDirectory} from '../../../src/backend/start/plan-directory.ts';
import {testAsRoot} from '../../helpers/other-mounts.ts';

testAsRoot('the init, root, opens the directory of a command for root alone: an ordinary user may not get everywhere', (t) => {
	const plan = (user: number, cwd: string | undefined) => planDirectory({rootBase: '', places: []}, cwd, {caller: '/usr/lib', home: '/', user}).isFixed;
	t.deepEqual([plan(0, '/usr/share'), plan(0, undefined), plan(1000, '/usr/share'), plan(1000, undefined)], [true, true, false, false]);
});
