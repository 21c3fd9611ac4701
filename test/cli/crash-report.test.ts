import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import test from 'ava';
import {writeCrashReport} from '../../src/cli/crash-report.ts';

// The state directory is one of the process.
test.serial('a report has the command, the stack and the cause, and nobody else may read it', (t) => {
	const directory = mkdtempSync(`${tmpdir()}/crash-report-`);
	t.teardown(() => rmSync(directory, {recursive: true}));
	withState(directory, () => {
		const path = writeCrashReport(new TypeError('x is y', {cause: new Error('deep')}), 'program verb') ?? '';
		t.true(path.startsWith(`${directory}/virt-sandbox/crash-`), path);
		t.is(statSync(path).mode & 0o777, 0o600);
		const lines = readFileSync(path, 'utf8').split('\n');
		t.is(lines[1], 'command: program verb');
		t.is(lines[4], 'TypeError: x is y');
		t.true(lines.includes('caused by Error: deep'));
	});
});

test.serial('where none can be written, none is named', (t) => {
	const directory = mkdtempSync(`${tmpdir()}/crash-report-`);
	t.teardown(() => rmSync(directory, {recursive: true}));
	writeFileSync(`${directory}/file`, '');
	withState(`${directory}/file`, () => t.is(writeCrashReport(new Error('x'), 'program'), undefined));
});

function withState(directory: string, work: () => void): void {
	const before = process.env['XDG_STATE_HOME'];
	process.env['XDG_STATE_HOME'] = directory;
	try {
		work();
	} finally {
		if (before === undefined) {
			delete process.env['XDG_STATE_HOME'];
		} else {
			process.env['XDG_STATE_HOME'] = before;
		}
	}
}
