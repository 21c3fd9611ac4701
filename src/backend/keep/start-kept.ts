import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {readOwnerRecord} from '../guest/state/state-directory.ts';
import {isDead} from '../host/process-identity.ts';
import type {Sandbox, StartOptions} from '../types.ts';
import {errorOf} from '../session/control-line.ts';
import type {FoundSandbox} from '../session/find-sandbox.ts';
import type {KeeperLine, KeeperOrder, KeeperTask} from './keeper-line.ts';

export type KeptSandbox = Pick<Sandbox, 'id' | 'name' | 'uri'>;

/** Starts a sandbox that outlives this process, with a keeper of its own. `keeper`: the words that run a program which calls runKeeper. */
export async function startKept(spec: SandboxSpec, uri: string, options: StartOptions, keeper: readonly string[]): Promise<KeptSandbox> {
	const {id, name} = await askKeeper({spec: {...spec, lifetime: 'keep'}}, uri, options, keeper);
	return {id, name, uri};
}

/** Has a new process keep a sandbox whose own was killed; of several that want it one does. `keeper`: the words that run a program which calls runKeeper. */
export async function replaceKeeper({statePath, record}: FoundSandbox, options: StartOptions, keeper: readonly string[]): Promise<void> {
	const {name} = record;
	const now = readOwnerRecord(statePath);
	if (now === undefined) throw new ShellError('not-found', `Sandbox '${name}' has ended`);
	if (!isDead(now)) return;
	const {isAnothers} = await askKeeper({takeOver: statePath}, record.uri, options, keeper);
	if (isAnothers === true) return;
	options.voice.notice('warning', 'keeper-replaced', `The process that kept '${name}' was killed (${record.owner.pid}): a new one keeps it from now on`);
}

/** Begins a keeper and gives it a task; resolves once it has its sandbox. */
async function askKeeper(task: KeeperTask, uri: string, options: StartOptions, keeper: readonly string[]): Promise<ReadyLine> {
	const [file = process.execPath, ...words] = keeper;
	const child = spawn(file, words, {stdio: ['pipe', 'pipe', 'ignore'], detached: true, cwd: '/'});
	const failed = new Promise<never>((_resolve, reject) => {
		child.once('error', (cause) => reject(new ShellError('failed', 'The keeper of the sandbox could not be started', {cause})));
	});
	failed.catch(() => undefined);
	const givenUp = Promise.withResolvers<never>();
	givenUp.promise.catch(() => undefined);
	// A sandbox that ran before stays, with its new keeper: whoever asked for that only asks no more.
	const isTakeOver = 'takeOver' in task;
	const abort = (): void => (isTakeOver ? givenUp.reject(options.signal?.reason) : void child.kill('SIGTERM'));
	options.signal?.addEventListener('abort', abort, {once: true});
	child.stdin.on('error', () => undefined);
	const {caller, size, accept, keepalive} = options;
	const [isTraced, tellsBoot] = [options.trace !== undefined, options.onBootLog !== undefined];
	const order: KeeperOrder = {...task, uri, isTraced, tellsBoot, options: {caller, size, accept, keepalive}};
	child.stdin.end(JSON.stringify(order));
	try {
		return await Promise.race([followKeeper(createInterface(child.stdout), isTakeOver, options), failed, givenUp.promise]);
	} catch (error) {
		throw options.signal?.aborted === true ? options.signal.reason : error;
	} finally {
		options.signal?.removeEventListener('abort', abort);
		child.stdout.destroy();
		child.unref();
	}
}

type ReadyLine = Extract<KeeperLine, {tell: 'ready'}>;

async function followKeeper(lines: AsyncIterable<string>, isTakeOver: boolean, {voice, onXml, onBootLog, trace}: StartOptions): Promise<ReadyLine> {
	for await (const text of lines) {
		const line = JSON.parse(text) as KeeperLine;
		switch (line.tell) {
			case 'notice':
				voice.notice(line.level, line.code, line.message, line.hint);
				break;
			case 'phase':
				voice.phase(line.name, line.elapsedMs);
				break;
			case 'xml':
				onXml?.(line.xml);
				break;
			case 'boot':
				onBootLog?.(line.line);
				break;
			case 'trace':
				trace?.(line.line);
				break;
			case 'ready':
				return line;
			case 'error':
				throw errorOf(line);
		}
	}
	throw new ShellError('failed', 'The keeper of the sandbox ended before it was ready', {
		hint: `Was it killed? ${isTakeOver ? 'Try it again' : '`virt-sandbox --clean` removes what it left'}`,
	});
}
