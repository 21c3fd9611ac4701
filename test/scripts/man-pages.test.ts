import {spawnSync} from 'node:child_process';
import test from 'ava';
import {type ManPage, escape, writePage} from '../../scripts/make/man/roff.ts';
import {shellPage} from '../../scripts/make/man/shell-page.ts';
import {virtSandboxPage} from '../../scripts/make/man/virt-sandbox-page.ts';
import {optionTable} from '../../src/cli/virt-sandbox-options.ts';
import {commands} from '../../src/commands/table.ts';
import {shellFlags} from '../../src/shell/language/shell-options.ts';
import {keys} from '../../src/spec/keys.ts';

const pages: readonly ManPage[] = [virtSandboxPage('1.2.3'), shellPage('1.2.3')];
const macros = new Set(['TH', 'SH', 'SS', 'PP', 'TP', 'IP', 'B', 'nf', 'fi', 'RS', 'RE', 'nh', 'ad']);

for (const page of pages) {
	test(`${page.name}(1) is plain roff`, (t) => {
		const lines = writePage(page).split('\n');
		t.is(lines.pop(), '');
		t.deepEqual(
			lines.filter(
				(line) => !/^[ -~]+$/.test(line) || (line.startsWith('.') && !line.startsWith('.\\"') && !macros.has(/^\.(\w+)/.exec(line)?.[1] ?? '')),
			),
			[],
			'ASCII without empty lines, and no request but those of man(7)',
		);
		const count = (macro: string): number => lines.filter((line) => line.startsWith(`.${macro}`)).length;
		t.is(count('nf'), count('fi'));
		t.is(count('RS'), count('RE'));
		t.deepEqual(
			lines.filter((line, index) => line === '.TP' && !lines[index + 1]?.startsWith('.B ')),
			[],
			'each item has a term',
		);
		for (const section of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'FILES', 'SEE ALSO'])
			t.true(
				lines.some((line) => line === `.SH ${section}` || line === `.SH "${section}"`),
				section,
			);
	});

	test(`${page.name}(1) is set without a warning`, (t) => {
		const {error, status, stdout, stderr} = spawnSync('groff', ['-man', '-Tascii', '-ww', '-z'], {
			input: writePage(page),
			encoding: 'utf8',
			timeout: 20_000,
		});
		if (error !== undefined) {
			t.log('groff is not installed');
			t.pass();
			return;
		}
		t.deepEqual({status, stdout, stderr}, {status: 0, stdout: '', stderr: ''});
	});
}

test('virt-sandbox(1) has every option', (t) => {
	const text = writePage(virtSandboxPage('1'));
	t.deepEqual(
		optionTable.filter((row) => !text.includes(`\\-\\-${escape(row.long)}`)).map((row) => row.long),
		[],
	);
});

test('virt-sandbox-shell(1) has every option, command and key', (t) => {
	const text = writePage(shellPage('1'));
	const names = [
		...Object.keys(shellFlags).map((name) => `--${name}`),
		...commands.filter((command) => command.hidden !== true).map((command) => command.name),
		...keys.map((key) => key.name),
	];
	t.deepEqual(
		names.filter((name) => !text.includes(escape(name))),
		[],
	);
});

test('text cannot become a request', (t) => {
	const page: ManPage = {name: 'x', summary: 'y', version: '1', parts: [{kind: 'lines', lines: ['.so /etc/passwd', "'br", '\\fB"a"', 'a^b~c`d…']}]};
	t.deepEqual(writePage(page).split('\n').slice(-7, -3), ['\\&.so /etc/passwd', "\\&'br", '\\efB"a"', 'a\\(hab\\(tic\\(gad...']);
});
