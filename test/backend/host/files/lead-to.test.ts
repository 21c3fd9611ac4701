import {mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {leadersOf} from '../../../../src/backend/host/files/lead-to.ts';

test('where a path leads is told within its root, also by a link that leads nowhere yet', (t) => {
	const base = realpathSync(mkdtempSync(join(tmpdir(), 'lead-')));
	t.teardown(() => rmSync(base, {recursive: true}));
	mkdirSync(join(base, 'tools'));
	symlinkSync('tools', join(base, 'there'));
	symlinkSync('/nowhere/../none', join(base, 'gone'));
	symlinkSync('../elsewhere', join(base, 'tools/out'));
	symlinkSync('../../../../tools', join(base, 'tools/up'));
	symlinkSync('round', join(base, 'round'));
	const [within, host] = [leadersOf(base), leadersOf('')];
	const paths = ['/there', '/gone/bin', '/there/out/x', '/tools', '/there/up', '/missing/x', '/round/x'];
	t.deepEqual(paths.map(within), ['/tools', '/none/bin', '/elsewhere/x', '/tools', '/tools', '/missing/x', undefined]);
	t.is(within(`/tools${'/x'.repeat(130)}`), undefined);
	t.is(host(join(base, 'there/x')), join(base, 'tools/x'));
	t.is(host(join(base, 'gone')), '/none');
});
