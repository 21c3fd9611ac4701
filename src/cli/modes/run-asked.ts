import {isatty} from 'node:tty';
import type {Sandbox, StartOptions} from '../../backend/types.ts';
import {jsonLine} from '../../core/json-line.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {notFoundStatus} from '../exit-status.ts';
import {runCommand} from '../run/virt-sandbox-run.ts';
import {signalNumber} from '../terminal/signal-inbox.ts';
import {has, type Call} from './call.ts';
import {prepareStart} from './prepare-start.ts';
import {print} from './print.ts';

interface Place {
	/** A sandbox that runs already. */
	readonly isFurther: boolean;
	/** Begins the command there. */
	start(spec: SandboxSpec, options: StartOptions): Promise<Sandbox>;
}

/** Runs the command that was asked for, its streams being those of this process; its status is ours. */
export async function runAsked(call: Call, {isFurther, start}: Place): Promise<number> {
	const {caller, json, voice, signals} = call;
	const {spec, options, escape} = await prepareStart(call);
	const {status, cut} = await runCommand(spec, {
		json,
		timing: has(call, 'timing'),
		isFurther,
		escape,
		voice,
		signals,
		elapsed: () => process.uptime() * 1000,
		onTerminal: (taken) => call.onRaw(taken && isatty(2)),
		start: (wanted, given) => start(wanted, {...options, ...given}),
	});
	if (status === notFoundStatus && !isFurther) {
		const {describeHiddenDirectory} = await import('../hidden-directory.ts');
		const hidden = describeHiddenDirectory(spec, caller.cwd);
		if (hidden !== undefined) {
			voice.notice('error', 'hidden-directory', hidden.message, hidden.hint);
		}
	}
	// Whoever takes no output gets no last line of it either.
	if (!json || cut === 'reader') {
		return status;
	}
	signals.listen((signal) => {
		if (signal !== 'SIGUSR1' && signal !== 'SIGUSR2') process.exit(128 + signalNumber(signal));
	});
	return print(jsonLine({kind: 'exit', status}), status);
}
