import {spawnSync} from 'node:child_process';
import test from 'ava';
import {identifyProcess, isAlive} from '../../../src/backend/host/process-identity.ts';

const module = new URL('../../../src/backend/host/process-identity.js', import.meta.url).href;
const isPossible = spawnSync('unshare', ['-T', '--fork', 'true']).status === 0;

(isPossible ? test : test.skip)('a process is the same one for who looks from another time namespace', (t) => {
	const self = identifyProcess('self');
	const script = `import(${JSON.stringify(module)}).then(({isAlive}) => console.log(isAlive(${JSON.stringify(self)})))`;
	const {stdout} = spawnSync('unshare', ['-T', '--fork', '--boottime', '100000', process.execPath, '-e', script], {encoding: 'utf8'});
	t.is(stdout, 'true\n');
});

test('a pid that has become another process is not the one it was', (t) => {
	const self = identifyProcess('self');
	t.true(self !== undefined && isAlive(self));
	t.false(isAlive({pid: process.pid, startTime: String(Number(self?.startTime) - 2)}));
	t.false(isAlive({pid: process.pid, startTime: ''}));
});
