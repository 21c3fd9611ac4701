import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {terminalOf, type TerminalPlan} from '../guest/command-file.ts';
import {listOrEmpty} from '../host/files/read-or-empty.ts';
import {readRegularFile} from '../host/files/read-regular-file.ts';

/** A further command that an owner of before had begun; its files go with its end. */
export interface LeftSession {
	readonly number: number;
	readonly terminal: Pick<TerminalPlan, 'tty' | 'mark'> | undefined;
	forget(): void;
}

/** 0 is the command, 1 the root shell. */
const firstFurther = 2;

/** The further commands that a container may have when it gets another owner. */
export function findLeftSessions(io: string): LeftSession[] {
	const names = listOrEmpty(io);
	return names.flatMap((name) => {
		const number = Number(/^(\d+)\.cmd$/.exec(name)?.[1] ?? 0);
		if (number < firstFurther) return [];
		const forget = (): void => {
			for (const each of names.filter((other) => other.startsWith(`${number}.`))) rmSync(join(io, each), {force: true});
		};
		return [{number, terminal: terminalOf(readRegularFile(join(io, name), {isOurs: true}).toString('latin1')), forget}];
	});
}
