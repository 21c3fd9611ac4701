import {mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openConsoleUsers} from '../../../src/backend/session/console-users.ts';
import {createSessionRoom} from '../../../src/backend/session/open-session.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'console-users-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	return directory;
}

const user = (uid: number, gid = uid, ...groups: readonly number[]) => ({uid, gid, groups});

const roomOf = (directory: string, areRevoked = false) => createSessionRoom({spare: [3], areRevoked, users: openConsoleUsers(directory), left: []});

test('an owner that comes later knows which user had a console', (t) => {
	const directory = makeDirectory(t);
	t.is(openConsoleUsers(directory).of(3), undefined);
	openConsoleUsers(directory).note(3, '1000:1000');
	t.is(openConsoleUsers(directory).of(3), '1000:1000');
	for (const other of [user(0), user(1001), user(1000, 42), user(1000, 1000, 42)]) t.is(roomOf(directory).takeTerminal(other), undefined);
	t.is(roomOf(directory).takeTerminal(user(1000)), 3);
});

test('where that cannot be read nobody gets a console', (t) => {
	const directory = makeDirectory(t);
	writeFileSync(join(directory, 'consoles'), '[[3,10');
	for (const uid of [0, 1000]) t.is(roomOf(directory).takeTerminal(user(uid)), undefined);
});

test('a console whose user cannot be noted stays free', (t) => {
	const directory = makeDirectory(t);
	mkdirSync(join(directory, 'consoles.new'));
	const room = roomOf(directory);
	t.throws(() => room.takeTerminal(user(1000)), {code: 'EISDIR'});
	t.true(room.isFree(3));
});

test('nothing is noted of consoles that are revoked', (t) => {
	const directory = makeDirectory(t);
	t.is(roomOf(directory, true).takeTerminal(user(1000)), 3);
	t.deepEqual(readdirSync(directory), []);
});
