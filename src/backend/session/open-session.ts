import {ShellError} from '../../core/errors.ts';
import type {AskedEnvironment} from '../../spec/types.ts';
import {besideOthers, gainsNothing, isOther, meantPath, type Sharing, type SharingUser} from '../guest/root/guest-places.ts';
import {makeEnvironment} from '../guest/command-environment.ts';
import type {Identity, SessionPlan} from '../guest/command-file.ts';
import {makeEndMark} from '../guest/streams/end-mark.ts';
import type {Caller} from '../host/caller.ts';
import {leadersOf} from '../host/files/lead-to.ts';
import {readAccountFiles, resolveAccount, type Account} from '../host/users.ts';
import {requireMapped} from '../container/idmap/mapped-ids.ts';
import type {Consoles, PreparedSession, RunningSandbox} from '../start/running-sandbox.ts';
import {planDirectory} from '../start/plan-directory.ts';
import {usualSize} from '../types.ts';
import type {ConsoleUsers} from './console-users.ts';
import type {SessionRequest} from './control-line.ts';
import type {LeftSession} from './left-sessions.ts';

/** A further session of a running sandbox: laid out, not begun. */
interface LaidOutSession extends PreparedSession {
	readonly plan: SessionPlan;
	/** Removes its files, while its terminal is still read; `forget` gives that back as well. */
	forgetFiles(): void;
}

/** The spare consoles and numbers of one sandbox. */
export interface SessionRoom {
	takeNumber(): number;
	/** One for a user of the guest. Undefined: all are taken, or have been another user's. */
	takeTerminal(user: Identity): number | undefined;
	giveTerminal(tty: number): void;
	isFree(tty: number): boolean;
}

/** What people call a spare console. */
export function spareName({spare}: Consoles, tty: number): string {
	return `exec-${spare.indexOf(tty) + 1}`;
}

interface SessionRoomOptions {
	readonly spare: readonly number[];
	/**
	 * After a session nobody has its console open any more. Else what a user has left running may read on, and what was typed for them may be on its
	 * way in libvirt's hands: no other user gets that console.
	 */
	readonly areRevoked: boolean;
	readonly users: ConsoleUsers;
	/** Sessions of an owner of before. */
	readonly left: ReadonlyArray<Pick<LeftSession, 'number' | 'terminal'>>;
}

/** Gives out numbers from 2 on (0 is the command, 1 the root shell) and the spare consoles. */
export function createSessionRoom({spare, areRevoked, users, left}: SessionRoomOptions): SessionRoom {
	const taken = left.map(({terminal}) => terminal?.tty);
	const free = new Set(spare.filter((tty) => !taken.includes(tty)));
	let next = Math.max(1, ...left.map(({number}) => number)) + 1;
	return {
		takeNumber: () => next++,
		takeTerminal({uid, gid, groups}) {
			const user = [uid, gid, ...groups].join(':');
			const open = [...free].filter((tty) => areRevoked || [undefined, user].includes(users.of(tty)));
			if (open.length === 0) return undefined;
			// The lowest: a machine is given its consoles one by one, when they are first needed.
			const tty = Math.min(...open);
			// First, as it may fail: the console is free then. Where they are revoked nobody asks.
			if (!areRevoked) users.note(tty, user);
			free.delete(tty);
			return tty;
		},
		giveTerminal: (tty) => void free.add(tty),
		isFree: (tty) => free.has(tty),
	};
}

/** Prepares what a client asks for. */
export async function layOutSession(sandbox: RunningSandbox, request: SessionRequest, room: SessionRoom): Promise<LaidOutSession> {
	if (await sandbox.isSuspended()) {
		throw new ShellError('refused', `Sandbox '${sandbox.name}' is suspended`, {hint: `\`virt-sandbox-shell resume ${sandbox.name}\` lets it run on`});
	}
	const number = room.takeNumber();
	const sharing: Sharing = {...sandbox.plan, leadTo: leadersOf(sandbox.plan.rootBase)};
	const user = besideOthers(sharing, accountFor(sandbox, request.user), request.command[0] ?? '');
	const tty = request.tty ? room.takeTerminal(user.account) : undefined;
	if (request.tty && tty === undefined) {
		const what = sandbox.plan.consoles.spare.some((each) => room.isFree(each)) ? 'in use, or have been another user’s' : 'in use';
		throw new ShellError('refused', `All spare consoles of '${sandbox.name}' are ${what}`, {
			hint: 'Start it with more --consoles, or run the command without a terminal',
		});
	}
	const giveBack = (): void => {
		if (tty !== undefined) room.giveTerminal(tty);
	};
	try {
		const plan = planSession(sandbox, request, {number, tty, user, sharing});
		const prepared = await sandbox.prepareSession(plan);
		return {
			...prepared,
			plan,
			forgetFiles: () => prepared.forget(),
			forget() {
				prepared.forget();
				giveBack();
			},
		};
	} catch (error) {
		giveBack();
		throw error;
	}
}

function accountFor({plan, caller, sharesUsers}: RunningSandbox, user: string | undefined): Account {
	if (user === undefined) return plan.account;
	const files = readAccountFiles(plan.rootBase);
	const account = resolveAccount(user === 'root' ? {kind: 'root'} : {kind: 'name', name: user}, caller, files);
	requireMapped(plan.spec.idmap, account);
	// A sandbox may have written them: they give nobody more than whoever started it has.
	if (sharesUsers && files.isForeign === true && !gainsNothing(account, caller) && user !== 'root' && !user.includes(':')) {
		throw new ShellError('refused', `The root directory's own files, which a sandbox may have written, give the user '${user}' more rights than you have`, {
			hint: `Give numbers, as -S ${account.uid}:${account.gid}`,
		});
	}
	return account;
}

/** With the values that whoever started the sandbox had: of its own user, who has them already. */
function givenAtStart({spec, account: own, environment}: RunningSandbox['plan'], {account, isTrusting}: SharingUser): AskedEnvironment {
	if (!isTrusting || account.uid !== own.uid) return {};
	return Object.fromEntries(Object.keys(spec.environment).map((name) => [name, environment[name] ?? null]));
}

interface SessionPlace {
	readonly number: number;
	readonly tty: number | undefined;
	readonly user: SharingUser;
	readonly sharing: Sharing;
}

function planSession({plan, caller}: RunningSandbox, request: SessionRequest, {number, tty, user, sharing}: SessionPlace): SessionPlan {
	const {account, isTrusting, path} = user;
	const {uid, gid, groups} = account;
	const asked: Caller = {...caller, ...request.caller};
	const asking: Caller = {...asked, environment: {...asked.environment, PATH: path ?? meantPath(sharing, asked.environment['PATH'])}};
	const isCaller = plan.spec.user.kind === 'caller' && request.user === undefined;
	const environment = makeEnvironment(account, asking, isCaller, {...givenAtStart(plan, user), ...request.environment});
	return {
		number,
		words: request.command,
		environment,
		...planDirectory(plan, request.cwd ?? (isTrusting ? plan.spec.cwd : undefined), {
			caller: isTrusting && !isOther(sharing, asking.cwd) ? asking.cwd : undefined,
			home: isTrusting ? environment['HOME'] : undefined,
			user: asking.uid,
		}),
		identity: {uid, gid, groups},
		streamsOwner: isTrusting || uid !== plan.account.uid ? uid : 0,
		terminal: tty === undefined ? undefined : {tty, mark: makeEndMark(), ...(request.size ?? usualSize)},
		isOneOutput: request.isOneOutput === true,
		bounds: request.caller.bounds,
		program: plan.program,
	};
}
