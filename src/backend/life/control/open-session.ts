import {chownSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {makeEnvironment} from '../../guest/command-environment.ts';
import {commandFile, type SessionPlan} from '../../guest/command-file.ts';
import type {SessionProgress} from '../../guest/control-channel.ts';
import {makeEndMark} from '../../guest/end-mark.ts';
import {makeFifos} from '../../guest/fifo.ts';
import {pipeNames} from '../../guest/session-streams.ts';
import {readAccountFiles, resolveAccount, type Account} from '../../host/users.ts';
import type {Caller} from '../../types.ts';
import type {RunningContainer} from '../running-container.ts';
import type {SessionRequest} from './control-line.ts';

/** A further session of a running container: laid out, not begun. */
export interface LaidOutSession {
	readonly plan: SessionPlan;
	/** The guest begins; the host's ends of the pipes are open, or the terminal's will be. */
	begin(): SessionProgress;
	/** Puts its files away. */
	forget(): void;
}

/** The spare consoles and numbers of one container. */
export interface SessionRoom {
	takeNumber(): number;
	/** Undefined: all are taken. */
	takeTerminal(): number | undefined;
	giveTerminal(tty: number): void;
	isFree(tty: number): boolean;
}

/** Gives out numbers from 2 on (0 is the command, 1 the root shell) and the spare consoles. */
export function createSessionRoom(spare: readonly number[]): SessionRoom {
	const free = new Set(spare);
	let next = 2;
	return {
		takeNumber: () => next++,
		takeTerminal() {
			const [tty] = free;
			if (tty !== undefined) {
				free.delete(tty);
			}
			return tty;
		},
		giveTerminal: (tty) => void free.add(tty),
		isFree: (tty) => free.has(tty),
	};
}

/** Writes a session's command file and makes its pipes. */
export async function layOutSession(container: RunningContainer, request: SessionRequest, room: SessionRoom): Promise<LaidOutSession> {
	const {plan: containerPlan, state, control} = container;
	const number = room.takeNumber();
	const tty = request.tty ? room.takeTerminal() : undefined;
	if (request.tty && tty === undefined) {
		throw new ShellError('refused', `All spare consoles of '${container.name}' are in use`, {
			hint: 'Start it with more --consoles, or run the command without a terminal',
		});
	}
	const names = request.tty ? [] : pipeNames(number);
	const command = `${number}.cmd`;
	const forget = (): void => {
		for (const name of [...names, command]) {
			rmSync(join(state.io, name), {force: true});
		}
		if (tty !== undefined) {
			room.giveTerminal(tty);
		}
	};
	try {
		const account = accountFor(container, request.user);
		const plan = planSession(container, request, {number, tty, account});
		if (names.length > 0) {
			await makeFifos(
				names.map((name) => join(state.io, name)),
				containerPlan.hostTools.busybox,
			);
			for (const name of names) {
				chownSync(join(state.io, name), account.uid, account.gid);
			}
		}
		writeFileSync(join(state.io, command), commandFile(plan), {mode: 0o600});
		return {
			plan,
			begin() {
				const progress = control.follow(number);
				control.send('spawn', number);
				return progress;
			},
			forget,
		};
	} catch (error) {
		forget();
		throw error;
	}
}

function accountFor({plan, caller}: RunningContainer, user: string | undefined): Account {
	if (user === undefined) {
		return plan.account;
	}
	const files = readAccountFiles(plan.spec.root === '/' ? '' : plan.spec.root);
	return resolveAccount(user === 'root' ? {kind: 'root'} : {kind: 'name', name: user}, caller, files);
}

function planSession(
	{plan, caller}: RunningContainer,
	request: SessionRequest,
	{number, tty, account}: {readonly number: number; readonly tty: number | undefined; readonly account: Account},
): SessionPlan {
	const {uid, gid, groups} = account;
	const asking: Caller = {...caller, ...request.caller};
	const isCaller = plan.spec.user.kind === 'caller' && request.user === undefined;
	const environment = makeEnvironment(account, asking, isCaller, {...plan.spec.environment, ...request.environment});
	const home = environment['HOME'] ?? '/';
	const cwd = request.cwd ?? plan.spec.cwd;
	return {
		number,
		words: request.command,
		environment,
		directories: cwd === undefined ? [asking.cwd, home] : [cwd],
		directoryRequired: cwd !== undefined,
		identity: {uid, gid, groups},
		terminal: tty === undefined ? undefined : {tty, mark: makeEndMark(), rows: request.size?.rows ?? 24, columns: request.size?.columns ?? 80},
		hold: false,
		tools: plan.tools,
	};
}
