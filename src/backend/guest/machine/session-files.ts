import {commandFile, type SessionPlan} from '../command-file.ts';
import {ioTarget} from '../root-plan.ts';
import {commandProgram} from './command-program.ts';

/** A file that the guest's init has in its directory for a session. */
export interface SessionFile {
	readonly name: string;
	readonly mode: number;
	readonly data: Buffer;
}

/** The files of a session: its command file, and the program that becomes its command, where there is one for the architecture. */
export function sessionFiles(session: SessionPlan, arch: string): readonly SessionFile[] {
	const name = `${session.number}.run`;
	const program = commandProgram(session, arch);
	const command = {name: `${session.number}.cmd`, mode: 0o600, data: commandFile(session, program === undefined ? undefined : `${ioTarget}/${name}`)};
	return program === undefined ? [command] : [command, {name, mode: 0o700, data: program}];
}
