import test from 'ava';
import {StartTimedOut} from '../../../src/backend/start/create-unanswered.ts';
import {openSignalInbox} from '../../../src/cli/terminal/signal-inbox.ts';
import {startInterruptibly} from '../../../src/cli/run/virt-sandbox-start.ts';
import {createProgramVoice} from '../../../src/cli/run/virt-sandbox-voice.ts';
import {defaultSpec} from '../../../src/spec/default-spec.ts';

test('a start that was not made in time has the status of a time limit, and says why', async (t) => {
	const told: string[] = [];
	const voice = createProgramVoice({json: false, quiet: false, verbose: false, debug: false, terminal: false, write: (text) => void told.push(text)});
	const start = (): Promise<never> => Promise.reject(new StartTimedOut());
	const settings = {json: false, timing: false, isFurther: false, escape: undefined, voice, signals: openSignalInbox(), elapsed: () => 0};
	t.is(await startInterruptibly(defaultSpec, {...settings, onTerminal: () => undefined, start}, undefined), 124);
	t.regex(told.join(''), /libvirtd has not made the sandbox in time/);
});
