import test from 'ava';
import {ShellError} from '../../../src/core/errors.ts';
import {renderError, renderText} from '../../../src/shell/render/render-text.ts';
import {plainStyle} from '../../../src/shell/render/style.ts';

const options = (width: number | undefined) => ({width, style: plainStyle, terminal: true, chatty: true});
const columns = ['name', 'state', 'read', 'written', 'received', 'sent'].map((name) => ({name}));
const rows = [{name: 'web', state: 'running', read: 1, written: 2, received: 3, sent: 4}];

test('a table that fits stands in columns', (t) => {
	t.is(
		renderText({kind: 'table', columns, rows}, options(80))?.text,
		[
			' Name   State     Read   Written   Received   Sent',
			'--------------------------------------------------',
			' web    running      1         2          3      4',
			'',
		].join('\n'),
	);
});

test('a table that is too wide loses no column: each row is a sentence', (t) => {
	t.is(
		renderText({kind: 'table', columns, rows}, options(40))?.text,
		['Name: web, State: running, Read: 1,', '  Written: 2, Received: 3, Sent: 4', ''].join('\n'),
	);
});

test('errors and their hints break at words on a terminal, and nowhere else', (t) => {
	const error = new ShellError('failed', 'Cannot start the sandbox, as there is nothing to start', {hint: 'Say what is to be started'});
	t.is(
		renderError(error, options(32)).text,
		['error: Cannot start the', '       sandbox, as there is', '       nothing to start', '  hint: Say what is to be', '        started.', ''].join('\n'),
	);
	t.is(renderError(error, options(undefined)).text, 'error: Cannot start the sandbox, as there is nothing to start\n  hint: Say what is to be started.\n');
});
