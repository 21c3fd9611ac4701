import {commandFile, type SessionPlan} from '../command-file.ts';
import {ioTarget} from '../root/root-plan.ts';
import {commandProgram} from './command-program.ts';

/** A file that the guest's init has in its directory for a session. */
export interface SessionFile {
	readonly name: string;
	readonly mode: number;
	readonly data: Buffer;
}

/** The files of a session: its command file, and the program that becomes its command, with all words and the environment in it. */
export function sessionFiles(session: SessionPlan): readonly [SessionFile, SessionFile] {
	const name = `${session.number}.run`;
	return [
		{name: `${session.number}.cmd`, mode: 0o600, data: commandFile(session, `${ioTarget}/${name}`)},
		{name, mode: 0o700, data: commandProgram(session)},
	];
}
