import test from 'ava';
import {noteTemporary, resolveSource} from '../../../src/backend/start/temporary-sources.ts';
import {parseMount} from '../../../src/spec/parse/parse-mount.ts';
import type {Mount} from '../../../src/spec/types.ts';

test('the sources of temporary mounts become the paths of their directories, others stay', (t) => {
	const temporary: Mount[] = [];
	const mounts = ['host-bind:/a=', 'host-bind:/b='].map((text) => parseMount(text, '/'));
	const sources = mounts.map((mount) => noteTemporary(temporary, mount));
	t.deepEqual(temporary, mounts);
	t.deepEqual(
		[...sources, '/srv'].map((source) => resolveSource(source, ['/var/tmp/x/0', '/var/tmp/x/1'])),
		['/var/tmp/x/0', '/var/tmp/x/1', '/srv'],
	);
});
