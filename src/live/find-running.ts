import type {Caller} from '../backend/host/caller.ts';
import type {FoundSandbox} from '../backend/session/find-sandbox.ts';
import type {Calling, Joining} from '../commands/sandboxes.ts';
import {ShellError} from '../core/errors.ts';
import type {Connections} from './connections.ts';

export type Finder = ReturnType<typeof createFinder>;

/** Finds sandboxes by what they keep on this host, without asking a daemon. */
export function createFinder(connections: Pick<Connections, 'useDomain'>, caller: () => Caller) {
	const elsewhere = (name: string): ShellError =>
		new ShellError('refused', `Sandbox '${name}' belongs to another user or host`, {hint: 'Do it as the user, and on the host, that started it.'});

	/** The sandboxes of this user. */
	async function findAll(): Promise<readonly FoundSandbox[]> {
		const {findSandboxes} = await import('../backend/session/find-sandbox.ts');
		return findSandboxes(caller());
	}

	/** The one of this name: on a connection that is told of, else on any. */
	async function find(name: string, uri?: string): Promise<FoundSandbox | undefined> {
		const {findSandbox, findSandboxes} = await import('../backend/session/find-sandbox.ts');
		try {
			const isThere = uri !== undefined && findSandboxes(caller()).some(({record}) => record.name === name && record.uri === uri);
			return findSandbox(name, caller(), isThere ? uri : undefined);
		} catch (error) {
			if (error instanceof ShellError && error.code === 'not-found') {
				return undefined;
			}
			throw error;
		}
	}

	/** The same; where there is none, the connection may know one, and else says so. */
	async function need(name: string, calling: Calling): Promise<FoundSandbox> {
		const found = await find(name, calling.uri);
		return (
			found ??
			connections.useDomain(name, calling, async (connection, domain, {uri}) => {
				const {explainLostState} = await import('./lost-state.ts');
				throw (await explainLostState(connection, domain, {uri, caller: caller(), signal: calling.signal})) ?? elsewhere(name);
			})
		);
	}

	/** The one whose consoles are wanted. */
	async function needJoined(name: string, {uuid, ...calling}: Joining): Promise<FoundSandbox> {
		if (uuid === undefined) {
			return need(name, calling);
		}
		const found = (await findAll()).find(({record}) => record.uuid === uuid);
		if (found === undefined) {
			throw elsewhere(name);
		}
		return found;
	}

	return {findAll, find, need, needJoined};
}
