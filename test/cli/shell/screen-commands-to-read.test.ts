import test from 'ava';
import {screenCommandsToRead} from '../../../src/cli/shell/screen-commands-to-read.ts';
import {commands} from '../../../src/commands/table.ts';
import {parseScript} from '../../../src/shell/language/parse-script.ts';
import {helpOn} from '../../../src/shell/help.ts';
import {absentSandboxes, createMemoryShell} from '../../shell/memory-shell.ts';

test('help tells of each command of the screen where there is none', async (t) => {
	const onScreen = await screenCommandsToRead();
	t.true(onScreen.length > 5);
	for (const {name, summary} of onScreen) {
		t.true(helpOn(name, commands, onScreen).includes(summary), name);
	}
});

test('one that runs all the same says that there is no screen', async (t) => {
	const onScreen = await screenCommandsToRead();
	const {host, session, shell} = createMemoryShell();
	for (const line of ['view consoles', 'layout save work', 'top', 'replay demo.cast --close']) {
		const [parsed] = parseScript({text: line, name: undefined}, {commands: onScreen, interactive: true});
		const context = {session, host, language: shell.language, signal: new AbortController().signal, line, yes: false, output: 'text'} as const;
		await t.throwsAsync(
			async () => {
				for await (const _output of parsed?.command.run(parsed.args, {...context, sandboxes: absentSandboxes}) ?? []);
			},
			{message: 'A command of the screen was run where there is no screen'},
			line,
		);
	}
});
