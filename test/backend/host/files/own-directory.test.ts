import {chmodSync, lchownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {ShellError} from '../../../../src/core/errors.ts';
import {hasOwnDirectory, isOwnFile, makeOwnDirectory, ownDirectory, requireOwnDirectory} from '../../../../src/backend/host/files/own-directory.ts';

/** Only root can make what is another's. */
const testAsRoot = process.geteuid?.() === 0 ? test : test.skip;
const stranger = 65_534;

function makePlace(t: ExecutionContext): string {
	const place = mkdtempSync(join(tmpdir(), 'own-'));
	t.teardown(() => rmSync(place, {recursive: true, force: true}));
	return place;
}

function refusal(t: ExecutionContext, path: string): string {
	const error = t.throws(() => requireOwnDirectory(path, 'set X'), {instanceOf: ShellError, code: 'refused'});
	t.is(error.hint, 'Remove or fix it, or set X');
	return error.message;
}

test('a directory that is made is for its owner alone, and so are those on the way', (t) => {
	const place = makePlace(t);
	const path = join(place, 'a/b');
	t.is(makeOwnDirectory(path, 'set X'), path);
	t.deepEqual(
		['a', 'a/b'].map((name) => statSync(join(place, name)).mode & 0o777),
		[0o700, 0o700],
	);
});

test('what others may write to is refused, and what is not there yet is not', (t) => {
	const place = makePlace(t);
	const path = join(place, 'a');
	t.is(requireOwnDirectory(join(path, 'b'), 'set X'), join(path, 'b'));
	t.deepEqual(
		[place, path].map((each) => hasOwnDirectory(each, 'set X')),
		[true, false],
	);
	mkdirSync(path);
	chmodSync(path, 0o775);
	t.is(refusal(t, path), `${path} is a directory that others may write to`);
	// A person's own group may have such directories on the way.
	t.notThrows(() => requireOwnDirectory(join(path, 'b'), 'set X'));
	chmodSync(path, 0o777);
	t.is(refusal(t, join(path, 'b')), `${path}, on the way to ${path}/b, is a directory that others may write to`);
	chmodSync(path, 0o1777);
	t.notThrows(() => requireOwnDirectory(join(path, 'b'), 'set X'));
	writeFileSync(join(path, 'file'), '');
	t.is(refusal(t, join(path, 'file')), `${path}/file is no directory`);
	t.throws(() => makeOwnDirectory(join(path, 'file/b'), 'set X'), {message: `${path}/file, on the way to ${path}/file/b, is no directory`});
});

testAsRoot('what is another user’s is refused, also what a link of theirs leads to', (t) => {
	const place = makePlace(t);
	const sticky = join(place, 'sticky');
	mkdirSync(sticky);
	chmodSync(sticky, 0o1777);
	mkdirSync(join(place, 'mine'), {mode: 0o700});
	symlinkSync('../mine', join(sticky, 'my-link'));
	symlinkSync(join(place, 'mine'), join(sticky, 'their-link'));
	lchownSync(join(sticky, 'their-link'), stranger, stranger);
	t.notThrows(() => requireOwnDirectory(join(sticky, 'my-link'), 'set X'));
	t.is(refusal(t, join(sticky, 'their-link')), `${sticky}/their-link belongs to another user, whose id is ${stranger}`);
	lchownSync(join(place, 'mine'), stranger, stranger);
	t.is(refusal(t, join(sticky, 'my-link/state')), `${place}/mine, on the way to ${sticky}/my-link/state, belongs to another user, whose id is ${stranger}`);
	t.throws(() => ownDirectory('state', {XDG_STATE_HOME: join(place, 'mine')}), {message: /^\S+, on the way to \S+\/mine\/virt-sandbox, belongs/});
});

testAsRoot('a directory within our own that is another user’s is refused', (t) => {
	const place = makePlace(t);
	const theirs = join(place, 'virt-sandbox/sessions');
	mkdirSync(theirs, {recursive: true, mode: 0o700});
	t.is(ownDirectory('state', {XDG_STATE_HOME: place}, 'sessions'), theirs);
	lchownSync(theirs, stranger, stranger);
	t.throws(() => ownDirectory('state', {XDG_STATE_HOME: place}, 'sessions'), {message: /sessions belongs to another user/});
});

test('links that go round are refused', (t) => {
	const place = makePlace(t);
	symlinkSync('round', join(place, 'round'));
	t.is(refusal(t, join(place, 'round')), `${place}/round is a link among too many`);
});

testAsRoot('a file counts when it is ours and nobody else may write to it', (t) => {
	const place = makePlace(t);
	const path = join(place, 'file');
	t.false(isOwnFile(path));
	writeFileSync(path, '', {mode: 0o644});
	t.true(isOwnFile(path));
	chmodSync(path, 0o664);
	t.false(isOwnFile(path));
	chmodSync(path, 0o600);
	lchownSync(path, stranger, stranger);
	t.false(isOwnFile(path));
	symlinkSync('/etc/passwd', join(place, 'link'));
	t.false(isOwnFile(join(place, 'link')));
});
