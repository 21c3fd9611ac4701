import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {commandFile, requiredDirectory, type SessionPlan} from '../guest/command-file.ts';
import {makeFifos} from '../guest/fifo.ts';
import {giveToGuest, showToGuest} from '../guest/map-owner.ts';
import {pipeNames} from '../guest/session-streams.ts';
import type {RunningContainer} from './running-container.ts';
import type {PreparedSession} from './running-sandbox.ts';

/** Writes a session's command file and makes its pipes. */
export async function prepareContainerSession(
	{state, control, plan, uri, uuid}: Pick<RunningContainer, 'state' | 'control' | 'plan' | 'uri' | 'uuid'>,
	session: SessionPlan,
): Promise<PreparedSession> {
	const {number, identity, terminal} = session;
	const pipes = (terminal === undefined ? pipeNames(number) : []).map((name) => join(state.io, name));
	const command = join(state.io, `${number}.cmd`);
	if (pipes.length > 0) {
		await makeFifos(pipes, plan.hostTools.busybox);
		// The command may open /dev/stderr anew only if it owns what is behind it.
		for (const path of pipes) giveToGuest(path, plan.spec.idmap, identity);
	}
	writeFileSync(command, commandFile(session), {mode: 0o600});
	showToGuest(command, plan.spec.idmap);
	return {
		place: terminal === undefined ? {kind: 'pipes', directory: state.io} : {kind: 'libvirt', uri, uuid},
		begin() {
			const progress = control.follow(number, requiredDirectory(session));
			control.send('spawn', number);
			return progress;
		},
		forget() {
			for (const path of [...pipes, command]) rmSync(path, {force: true});
		},
	};
}
