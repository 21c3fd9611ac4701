import {spawn} from 'node:child_process';
import {constants} from 'node:os';
import type {Findings, HostView, Run, Setting} from './probe.ts';

export interface Call {
	readonly file: string;
	readonly words: readonly string[];
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly limitMs: number;
	/** Its input stays open: script closes the terminal when that ends. */
	readonly holdsInput?: true;
}

const graceMs = 3000;

/** Runs a command to its end, and `during` once it has printed `ready`; then its input has a line, and ends. */
export async function runCommand(
	{file, words, environment, limitMs, holdsInput}: Call,
	during?: Setting['during'],
	host?: HostView,
): Promise<{readonly run: Run; readonly found: Findings}> {
	const child = spawn(file, words, {stdio: 'pipe', env: environment, cwd: '/'});
	let [stdout, stderr] = ['', ''];
	let stoppedBy: Run['stoppedBy'];
	let found: Promise<Findings> | undefined;
	child.stdin.on('error', () => {});
	if (during === undefined && holdsInput !== true) child.stdin.end();
	child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		stdout += text;
		if (during === undefined || found !== undefined || !stdout.includes('ready')) return;
		found = (async () => during(host))();
		found.then(
			() => child.stdin.end('\n'),
			() => child.stdin.end('\n'),
		);
	});
	const stop = (signal: 'TERM' | 'KILL'): void => {
		stoppedBy = signal;
		child.kill(`SIG${signal}`);
	};
	const timers = [setTimeout(stop, limitMs, 'TERM'), setTimeout(stop, limitMs + graceMs, 'KILL')];
	const status = await new Promise<number>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
	});
	for (const timer of timers) clearTimeout(timer);
	return {run: {status, stdout: stdout.replaceAll('\r', ''), stderr, stoppedBy}, found: (await found) ?? []};
}

/** The call on a terminal of the host; what is typed into that by other hands is told. */
export function onTerminal({file, words, ...rest}: Call): Call {
	const call = [file, ...words].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
	const look = `stty -icanon min 0 time 5; case "$(dd bs=64 count=1 2>/dev/null)" in *typed*) echo; echo 'open: it is typed into the terminal of the host' ;; esac`;
	return {...rest, file: 'script', words: ['-qec', `${call}\n${look}`, '/dev/null'], holdsInput: true};
}
