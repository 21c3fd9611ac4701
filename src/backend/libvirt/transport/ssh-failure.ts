import {ConnectFailed, type ConnectProblem} from '../errors.ts';
import {remoteWords} from './remote-command.ts';
import type {SshCommand} from './ssh-command.ts';

/** How a child process ended and what it had written to its standard error. */
export interface ProcessEnd {
	/** Null: by a signal. */
	readonly status: number | null;
	readonly signal: string | null;
	readonly stderr: string;
}

interface Explanation {
	readonly words: RegExp;
	readonly problem: ConnectProblem;
	readonly tell: (context: {readonly line: string; readonly target: string; readonly host: string}) => readonly [message: string, hint: string];
}

/** By what ssh or the remote host wrote; the first that fits. The remote host's words come first: they, too, may speak of permissions. */
const explanations: readonly Explanation[] = [
	{
		words: new RegExp(`${remoteWords.noHelper}|${remoteWords.noProxy}`),
		problem: 'start',
		tell: ({line, target}) => [`${target} has no way to its libvirtd: ${line}`, 'Install virt-ssh-helper there, which comes with libvirt-daemon'],
	},
	{
		words: /(?:virt-ssh-helper|nc|ncat): .*Permission denied/i,
		problem: 'permission',
		tell: ({line, target, host}) => [`No permission to use libvirtd on ${target}: ${line}`, `Log in as root, or as a user of the group libvirt of ${host}`],
	},
	{
		words: new RegExp(`virt-ssh-helper: |${remoteWords.noSocket}|nc(?:at)?: .*(?:connect|No such file)`, 'i'),
		problem: 'socket',
		tell: ({line, target, host}) => [`libvirtd does not answer on ${target}: ${line}`, `Start libvirtd on ${host}`],
	},
	{
		words: /HOST IDENTIFICATION HAS CHANGED/,
		problem: 'auth',
		tell: ({target, host}) => [
			`${target} has another host key than the one that ssh knows for it`,
			`It may be another machine. If it is the right one, remove the old key: ssh-keygen -R ${host}`,
		],
	},
	{
		words: /Host key verification failed|host key is known for/,
		problem: 'auth',
		tell: ({target}) => [`ssh does not know the host key of ${target}`, 'Log in to it once with ssh and accept its key'],
	},
	{
		words: /Permission denied|Too many authentication failures|No more authentication methods/,
		problem: 'auth',
		tell: ({line, target}) => [`${target} does not let you in: ${line}`, 'Look at the user name and the key; keyfile=PATH in the URI names another key'],
	},
	{
		words: /Could not resolve hostname/,
		problem: 'socket',
		tell: ({host}) => [`No host is known by the name ${host}`, 'Look at the name'],
	},
	{
		words: /connect to host|Connection (?:refused|timed out|reset|closed)|No route to host|unreachable/i,
		problem: 'socket',
		tell: ({line, target, host}) => [`No ssh connection to ${target}: ${line}`, `Check whether ${host} is up and takes ssh connections there`],
	},
];

/** The lines of what ssh or another host has written, so that they cannot steer a terminal. */
export function splitWords(text: string): string[] {
	return text
		.split(/[\r\n]+/)
		.map((line) => line.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?').trim())
		.filter((line) => line !== '');
}

/** What the end of ssh means; undefined: it ended in order. */
export function explainSshEnd(uri: string, command: SshCommand, end: ProcessEnd): ConnectFailed | undefined {
	const lines = splitWords(end.stderr);
	// virt-ssh-helper's words for a libvirtd that has closed the connection.
	if ((end.status === 0 && lines.length === 0) || lines.some((line) => line.includes('could not proxy traffic: End of file'))) {
		return undefined;
	}

	const cause = new Error(lines.join('\n') || describeEnd(end));
	for (const {words, problem, tell} of explanations) {
		const line = lines.findLast((each) => words.test(each));
		if (line !== undefined) {
			const [message, hint] = tell({...command, line: cut(line)});
			const key = lines.find((each) => each.includes('Identity file'));
			return new ConnectFailed(problem, uri, problem === 'auth' && key !== undefined ? `${message} (${cut(key)})` : message, cause, hint);
		}
	}

	if (end.status === 0) {
		return undefined;
	}

	const words = lines.at(-1);
	const message = `${command.program} to ${command.target} ${describeEnd(end)}${words === undefined ? '' : `: ${cut(words)}`}`;
	return new ConnectFailed('socket', uri, message, cause, `Try it by hand: ssh ${command.host}`);
}

function describeEnd({status, signal}: ProcessEnd): string {
	return status === null ? `was ended by ${signal ?? 'a signal'}` : `ended with status ${status}`;
}

function cut(line: string): string {
	const clean = line.replace(/\.$/, '');
	return clean.length > 300 ? `${clean.slice(0, 300)}…` : clean;
}
