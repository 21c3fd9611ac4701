// A program for tests: virt-sandbox as it is, with the sandbox left out. Words: [--json] [--timeout MS] [--fail] [--lost] COMMAND…
import {isatty} from 'node:tty';
import {openSignalInbox} from '../../src/cli/terminal/signal-inbox.ts';
import {openWriter} from '../../src/cli/terminal/write-now.ts';
import {runCommand} from '../../src/cli/run/virt-sandbox-run.ts';
import {createProgramVoice} from '../../src/cli/run/virt-sandbox-voice.ts';
import {lostOutput} from '../../src/core/lost-output.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import {startOnHost} from './start-on-host.ts';

const signals = openSignalInbox();
const words = process.argv.slice(2);
const take = (word: string): boolean => words[0] === word && words.shift() === word;
const json = take('--json');
const timeoutMs = take('--timeout') ? Number(words.shift()) : undefined;
const fail = take('--fail');
/** Memory ends what has a command's output, and the command. */
const isLost = take('--lost');
const voice = createProgramVoice({json, quiet: false, verbose: false, debug: false, terminal: isatty(2), write: openWriter(2)});
const tty = !json && isatty(0) && isatty(1);
const spec = {...defaultSpec, command: words, tty, limits: {...defaultSpec.limits, timeoutMs}};
try {
	const {status} = await runCommand(spec, {
		json,
		timing: false,
		isFurther: false,
		escape: 0x1d,
		voice,
		signals,
		elapsed: () => performance.now(),
		onTerminal() {
			if (fail) {
				setTimeout(() => {
					throw new Error('made to fail');
				}, 100);
			}
		},
		async start(wanted) {
			const sandbox = await startOnHost(wanted, {size: undefined});
			if (!isLost) return sandbox;
			const {session} = sandbox;
			void session.exited.then(() => session.stdout.destroy(lostOutput()));
			return {...sandbox, session: {...session, outOfMemory: () => 65_536}};
		},
	});
	process.exit(status);
} catch (error) {
	voice.fault(error);
	process.exit(125);
}
