import {chmodSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {requiredDirectory, type SessionPlan} from '../guest/command-file.ts';
import {makeFifos} from '../guest/streams/fifo.ts';
import {sessionFiles} from '../guest/program/session-files.ts';
import {pipeNames} from '../guest/streams/session-streams.ts';
import type {PreparedSession} from '../start/running-sandbox.ts';
import {giveToGuest, showToGuest} from './idmap/map-owner.ts';
import type {RunningContainer} from './running-container.ts';

/** For the container's root alone, which may do what is allowed to anybody: whose file it is cannot read it, nor run it, by its own bits. */
const forRoot = {pipe: 0, program: 0o010};

/**
 * Writes a session's files and makes its pipes. Their names are out of the guest's sight until the host has opened them: what an ordinary
 * user makes is that user's, as whom the sandbox's own command runs, and is closed by then to a command with fewer rights.
 */
export async function prepareContainerSession(
	{state, control, plan, caller, uri, uuid}: Pick<RunningContainer, 'state' | 'control' | 'plan' | 'caller' | 'uri' | 'uuid'>,
	session: SessionPlan,
): Promise<PreparedSession> {
	const {number, identity, streamsOwner, terminal} = session;
	const isForRoot = caller.uid !== 0 && streamsOwner !== caller.uid;
	const pipes = (terminal === undefined ? pipeNames(number) : []).map((name) => ({made: join(state.path, name), shown: join(state.io, name)}));
	const [orders, program] = sessionFiles(session);
	const files = [orders, isForRoot ? {...program, mode: forRoot.program} : program].map((file) => ({...file, path: join(state.io, file.name)}));
	const forgetPipes = (): void => {
		for (const {made, shown} of pipes) for (const path of [made, shown]) rmSync(path, {force: true});
	};
	if (pipes.length > 0) {
		// An owner that was killed may have made those of a command that it never wrote down.
		forgetPipes();
		await makeFifos(
			pipes.map(({made}) => made),
			plan.busybox,
		);
		if (!isForRoot) {
			// The command may open /dev/stderr anew only if it owns what is behind it.
			for (const {made} of pipes) giveToGuest(made, plan.spec.idmap, streamsOwner === identity.uid ? identity : undefined);
		}
	}
	for (const {path, mode, data} of files) {
		rmSync(path, {force: true});
		writeFileSync(path, data, {mode, flag: 'wx'});
		// Whatever the umask is.
		if (isForRoot) chmodSync(path, mode);
		showToGuest(path, plan.spec.idmap);
	}
	return {
		place: terminal === undefined ? {kind: 'pipes', directory: state.path} : {kind: 'libvirt', uri, uuid},
		begin() {
			for (const {made, shown} of pipes) {
				if (isForRoot) chmodSync(made, forRoot.pipe);
				renameSync(made, shown);
			}
			const progress = control.follow(number, requiredDirectory(session));
			control.send('spawn', number);
			return progress;
		},
		forget() {
			forgetPipes();
			for (const {path} of files) rmSync(path, {force: true});
		},
	};
}
