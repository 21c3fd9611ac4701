import {clockMs} from '../../../core/clock-ms.ts';
import {besideOthers} from '../../guest/root/guest-places.ts';
import {makeEnvironment} from '../../guest/command-environment.ts';
import {leadersOf} from '../../host/files/lead-to.ts';
import {readAccountFiles, resolveAccount} from '../../host/users.ts';
import type {RunningSandbox} from '../../start/running-sandbox.ts';
import {planDirectory} from '../../start/plan-directory.ts';
import {usualSize} from '../../types.ts';

/** Number of the session that the root shell is. */
const shellSession = 1;
/** A shell that ends sooner than this is not started again. */
const shortestShellMs = 1000;

/** Begins the root shell on its console, and again whenever it has ended; nothing where none was asked for. `isThere`: it ran with an owner of before. */
export async function startShell(sandbox: RunningSandbox, isThere = false): Promise<void> {
	const {plan, caller} = sandbox;
	const tty = plan.consoles.shell;
	if (tty === undefined) return;
	if (isThere) await endOf(sandbox);
	const root = resolveAccount({kind: 'root'}, caller, readAccountFiles(plan.rootBase));
	const {account, path} = besideOthers({...plan, leadTo: leadersOf(plan.rootBase)}, root, '');
	// The caller's own PATH may lead to what the command makes.
	const own = {...caller, environment: {...caller.environment, PATH: path}};
	const environment = makeEnvironment(account, own, false, {TERM: caller.environment['TERM'] ?? 'linux'});
	const shell = await sandbox.prepareSession({
		number: shellSession,
		words: [account.shell, '-l'],
		environment,
		...planDirectory(plan, undefined, {caller: account.home, home: undefined, user: caller.uid}),
		identity: {uid: account.uid, gid: account.gid, groups: account.groups},
		streamsOwner: account.uid,
		// Nobody waits for its end.
		terminal: {tty, mark: '', ...usualSize},
		isOneOutput: false,
		bounds: caller.bounds,
		program: plan.program,
	});
	const begin = (): void => {
		const begun = clockMs();
		shell.begin().exited.then(
			() => {
				if (clockMs() - begun > shortestShellMs) begin();
			},
			() => undefined,
		);
	};
	begin();
}

/** It may have ended while it had no owner: whoever signals it is told. */
async function endOf({control}: Pick<RunningSandbox, 'control'>): Promise<void> {
	const {exited} = control.follow(shellSession);
	control.send('signal', shellSession, 0);
	await exited;
}
