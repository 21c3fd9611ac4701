import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import type {GuestMount} from '../../../../src/backend/guest/root/guest-tree.ts';
import {noteShown} from '../../../../src/backend/guest/root/note-shown.ts';
import {parseMountTable} from '../../../../src/backend/host/mounts/mount-table.ts';
import {parseMount} from '../../../../src/spec/parse/parse-mount.ts';

test('what is to be seen is noted of what was asked for', (t) => {
	const base = mkdtempSync(join(tmpdir(), 'shown-'));
	t.teardown(() => rmSync(base, {recursive: true}));
	const theirs = join(base, 'theirs');
	mkdirSync(join(theirs, 'data'), {recursive: true});
	const table = parseMountTable(`30 1 254:0 / / rw - ext4 /dev/vda rw\n31 30 0:50 /part ${theirs} rw - tmpfs t rw\n32 30 0:51 / /net rw - autofs a rw\n`);
	const bind = (source: string, isAsked = true): GuestMount => ({
		kind: 'bind',
		target: '/x',
		source,
		readonly: true,
		cause: isAsked ? parseMount(`host-bind:/x=${source}`, '/') : undefined,
	});
	const mounts = [bind(`${theirs}/data`), bind(theirs), bind('/usr/share'), bind(`${theirs}/data`, false), bind('0'), bind('/net/x')];
	t.deepEqual(
		noteShown(mounts, table).map((mount) => (mount.kind === 'bind' ? mount.shown : undefined)),
		[{device: '0:50', root: '/part/data'}, {device: '0:50', root: '/part'}, {device: '254:0', root: '/usr/share'}, undefined, undefined, undefined],
	);
});
