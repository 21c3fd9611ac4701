import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {requiredDirectory, type SessionPlan} from '../guest/command-file.ts';
import {makeFifos} from '../guest/streams/fifo.ts';
import {sessionFiles} from '../guest/program/session-files.ts';
import {pipeNames} from '../guest/streams/session-streams.ts';
import type {PreparedSession} from '../start/running-sandbox.ts';
import {giveToGuest, showToGuest} from './idmap/map-owner.ts';
import type {RunningContainer} from './running-container.ts';

/** Writes a session's files and makes its pipes. */
export async function prepareContainerSession(
	{state, control, plan, uri, uuid}: Pick<RunningContainer, 'state' | 'control' | 'plan' | 'uri' | 'uuid'>,
	session: SessionPlan,
): Promise<PreparedSession> {
	const {number, identity, terminal} = session;
	const pipes = (terminal === undefined ? pipeNames(number) : []).map((name) => join(state.io, name));
	const files = sessionFiles(session).map((file) => ({...file, path: join(state.io, file.name)}));
	if (pipes.length > 0) {
		// An owner that was killed may have made those of a command that it never wrote down.
		for (const path of pipes) rmSync(path, {force: true});
		await makeFifos(pipes, plan.busybox);
		// The command may open /dev/stderr anew only if it owns what is behind it.
		for (const path of pipes) giveToGuest(path, plan.spec.idmap, identity);
	}
	for (const {path, mode, data} of files) {
		rmSync(path, {force: true});
		writeFileSync(path, data, {mode, flag: 'wx'});
		showToGuest(path, plan.spec.idmap);
	}
	return {
		place: terminal === undefined ? {kind: 'pipes', directory: state.io} : {kind: 'libvirt', uri, uuid},
		begin() {
			const progress = control.follow(number, requiredDirectory(session));
			control.send('spawn', number);
			return progress;
		},
		forget() {
			for (const path of [...pipes, ...files.map((file) => file.path)]) rmSync(path, {force: true});
		},
	};
}
