// Sandboxes with a keeper, and what is done with them from outside.
import {existsSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {execInSandbox, type AskedSession} from '../../src/backend/session/exec-in-sandbox.ts';
import {findSandbox, type FoundSandbox} from '../../src/backend/session/find-sandbox.ts';
import {destroySandbox} from '../../src/backend/session/stop-sandbox.ts';
import {startKeptSandbox} from '../../src/backend/sandbox.ts';
import type {Sandbox, GuestSession} from '../../src/backend/types.ts';
import {defaultSpec} from '../../src/spec/default-spec.ts';
import type {TestBackend} from './backends.ts';
import {finish, rootCaller, silentVoice, type Finished, type SpecChanges} from './run-sandbox.ts';
import {waitUntil} from './wait-until.ts';

export {waitUntil} from './wait-until.ts';

/** The words that run a keeper. */
export const keeper = [process.execPath, ...process.execArgv, new URL('keep-sandbox.js', import.meta.url).pathname];
export const options = {caller: rootCaller, signal: undefined};
let count = 0;

export function freshName(): string {
	count++;
	return `kept-${process.pid}-${count}`;
}

/** A sandbox with a keeper, gone at the test's end. */
export async function keep(t: ExecutionContext, backend: TestBackend, changes: SpecChanges): Promise<FoundSandbox> {
	const name = changes.name ?? freshName();
	await startKeptSandbox({...defaultSpec, ...backend.spec(), name, ...changes}, {voice: silentVoice, caller: rootCaller}, keeper);
	const found = findSandbox(name, rootCaller);
	t.teardown(async () => {
		if (existsSync(found.statePath)) await destroySandbox(found, options);
	});
	return found;
}

export function request(command: readonly string[], changes: Partial<AskedSession> = {}): AskedSession {
	const {cwd, environment} = rootCaller;
	return {command, tty: false, size: undefined, cwd: undefined, environment: {}, user: undefined, caller: {cwd, environment}, ...changes};
}

/** Runs a further command to its end. */
export async function exec(
	found: FoundSandbox,
	command: readonly string[],
	{input, ...changes}: Partial<AskedSession> & {readonly input?: string} = {},
): Promise<Finished> {
	return finishSession(await execInSandbox(found, request(command, changes), options), input);
}

/** The same in a sandbox of this process, once that can be reached. */
export async function execIn({name, uri}: Pick<Sandbox, 'name' | 'uri'>, command: readonly string[], changes: Partial<AskedSession> = {}): Promise<Finished> {
	const found = findSandbox(name, rootCaller, uri);
	await waitUntil(() => existsSync(`${found.statePath}/control`), 'there is a control socket');
	return exec(found, command, changes);
}

export function finishSession(session: GuestSession, input?: string): Promise<Finished> {
	return finish({session, close: () => Promise.resolve()}, input);
}

/** Reads until a text has come. */
export async function readUntil(session: GuestSession, text: string): Promise<string> {
	let all = '';
	for await (const chunk of session.stdout.iterator({destroyOnReturn: false})) {
		all += (chunk as Buffer).toString();
		if (all.includes(text)) return all;
	}
	throw new Error(`The console ended without '${text}': ${all}`);
}

export function waitUntilGone({statePath}: FoundSandbox): Promise<void> {
	return waitUntil(() => !existsSync(statePath), 'the sandbox is gone');
}
