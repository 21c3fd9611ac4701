import test from 'ava';
import {isOwnerLine, parseClientLine, parseRequest, parseSize} from '../../../src/backend/session/parse-line.ts';
import {ShellError} from '../../../src/core/errors.ts';

const session = {command: ['ls', '-l'], tty: true, size: {rows: 1, columns: 2}, environment: {A: 'b'}, caller: {cwd: '/', environment: {}}};

test('the requests that this program writes are read as they are', (t) => {
	for (const request of [
		{ask: 'destroy'},
		{ask: 'wait'},
		{ask: 'consoles'},
		{ask: 'signal', signal: 15},
		{ask: 'console', console: 'tty'},
		{ask: 'session', session: {...session, cwd: undefined, user: undefined}},
	] as const) {
		t.deepEqual(parseRequest(request), request);
	}
});

const refused = test.macro((t, line: unknown) => {
	t.throws(() => parseRequest(line), {instanceOf: ShellError, message: 'The sandbox’s owner does not know this request'});
});
for (const line of [
	undefined,
	null,
	'destroy',
	[],
	{},
	{ask: 'format'},
	{ask: 'signal', signal: '9'},
	{ask: 'signal', signal: -9},
	{ask: 'console', console: 1},
	{ask: 'session'},
	{ask: 'session', session: {...session, command: 'ls'}},
	{ask: 'session', session: {...session, command: ['ls', 1]}},
	{ask: 'session', session: {...session, size: {rows: 'many', columns: 2}}},
	{ask: 'session', session: {...session, environment: {A: 1}}},
	{ask: 'session', session: {...session, caller: undefined}},
]) {
	test(`a request is refused that is ${JSON.stringify(line) ?? 'nothing'}`, refused, line);
}

test('a terminal has as many rows and columns as a screen may have', (t) => {
	t.deepEqual(parseSize({rows: 2000, columns: 0}), {rows: 2000, columns: 0});
	for (const size of [{rows: 1e9, columns: 80}, {rows: 24, columns: 2001}, {rows: -1, columns: 80}, {rows: 24}]) t.is(parseSize(size), undefined);
});

test('later lines of a client are read, and others left out', (t) => {
	const resize = {say: 'resize', size: {rows: 3, columns: 4}};
	for (const line of [{say: 'go'}, {say: 'signal', signal: 2}, resize, {say: 'input', data: 'QQ=='}]) {
		t.deepEqual(parseClientLine(line), line as ReturnType<typeof parseClientLine>);
	}
	for (const line of [undefined, 7, {}, {say: 'resize'}, {say: 'resize', size: {rows: 1.5, columns: 4}}, {say: 'input', data: 1}, {say: 'signal'}]) {
		t.is(parseClientLine(line), undefined);
	}
});

test('a line of an owner is known by its kind, with what that needs', (t) => {
	t.true(isOwnerLine({tell: 'exit', status: 0}));
	t.true(isOwnerLine({tell: 'done'}));
	for (const line of [undefined, {tell: 'exit'}, {tell: 'toString'}, {tell: 'consoles', consoles: null}, {tell: 'output', data: 1}]) {
		t.false(isOwnerLine(line));
	}
});
