import {groups, type Command} from '../../commands/command.ts';
import {parseScript} from './parse-script.ts';

/** Checks the table of commands; gives a line for each fault, none when it is sound. */
export function selfTestTable(commands: readonly Command[]): readonly string[] {
	const faults: string[] = [];
	const seen = new Set<string>();
	for (const command of commands) {
		for (const name of [command.name, ...(command.aliases ?? [])]) {
			if (seen.has(name)) {
				faults.push(`the name ${name} is taken twice`);
			}
			if (!/^[a-z][a-z-]*$/.test(name)) {
				faults.push(`the name ${name} has other signs than small letters and dashes`);
			}
			seen.add(name);
		}
		if (command.summary === '' || command.summary.length > 60) {
			faults.push(`${command.name}: the summary is empty or longer than 60 characters`);
		}
		if (!Object.hasOwn(groups, command.group)) {
			faults.push(`${command.name}: there is no group ${command.group}`);
		}
		faults.push(...parameterFaults(command), ...exampleFaults(command, commands));
	}
	return faults;
}

function parameterFaults(command: Command): string[] {
	const faults: string[] = [];
	let sawOptional = false;
	let sawRest = false;
	const letters = new Set<string>();
	for (const [key, param] of Object.entries(command.params)) {
		if (param.help === '') {
			faults.push(`${command.name}: ${key} has no help`);
		}
		if (param.role !== 'flag' && param.kind === undefined) {
			faults.push(`${command.name}: ${key} has no kind`);
		}
		if (param.role === 'required' && (sawOptional || sawRest)) {
			faults.push(`${command.name}: ${key} must be there, but stands after words that may be left out`);
		}
		if ((param.role === 'required' || param.role === 'optional' || param.role === 'rest') && sawRest) {
			faults.push(`${command.name}: ${key} stands after the words that take all`);
		}
		sawOptional ||= param.role === 'optional';
		sawRest ||= param.role === 'rest';
		if (param.short !== undefined) {
			if (letters.has(param.short)) {
				faults.push(`${command.name}: -${param.short} is taken twice`);
			}
			letters.add(param.short);
		}
	}
	return faults;
}

function exampleFaults(command: Command, commands: readonly Command[]): string[] {
	const examples = command.examples ?? [];
	if (examples.length === 0) {
		return [`${command.name}: there is no example`];
	}
	return examples.flatMap(([line]) => {
		try {
			const parsed = parseScript({text: line, name: undefined}, {commands, interactive: false});
			return parsed.some((each) => each.command === command) ? [] : [`${command.name}: the example '${line}' does not show it`];
		} catch (error) {
			return [`${command.name}: the example '${line}' does not parse: ${error instanceof Error ? error.message : String(error)}`];
		}
	});
}
