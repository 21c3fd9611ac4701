import {usageError} from '../core/errors.ts';
import {parseName} from '../spec/parse/parse-name.ts';
import type {Kind} from './command.ts';
import type {Candidate, CompletionContext} from './completion.ts';
import {text} from './kinds.ts';

const definitionCandidates = ({session}: CompletionContext): Candidate[] =>
	session.definitions.map(({name, spec}) => ({text: name, description: `definition${spec.command.length === 0 ? '' : `: ${spec.command.join(' ')}`}`}));

/** A name for something new. */
export const newName: Kind<string> = {placeholder: 'NAME', parse: (text) => parseName(text)};

const fileHint = "No file is read here: 'new NAME' makes an empty definition, 'new NAME --from PROFILE' one from a profile; 'source FILE' runs a script.";

/** A name for a definition; virsh's define takes a file of XML there. */
export const definedName: Kind<string> = {
	placeholder: 'NAME',
	parse(text) {
		if (/\.xml$/i.test(text)) {
			throw usageError(`'${text}' is the name of a file, but a sandbox's name is expected`, fileHint);
		}
		if (text.includes('/')) {
			throw usageError(`The name '${text}' holds a '/'`, fileHint);
		}
		return parseName(text);
	},
};

/** A definition of this session. */
export const definitionName = text('NAME', (_prefix, context) => definitionCandidates(context));

/** A sandbox of ours that runs. */
export const runningName = text('NAME', async (_prefix, context) => {
	return (await context.domains(false)).filter(({ours}) => ours).map(({name, state}) => ({text: name, description: state}));
});

/** A definition that does not run. */
export const idleName = text('NAME', async (_prefix, context) => {
	const running = new Set((await context.domains(false).catch(() => [])).map(({name}) => name));
	return definitionCandidates(context).filter(({text}) => !running.has(text));
});

/** Any domain of the connection, or a definition: what only looks may name it. */
export const anyName = text('NAME', async (_prefix, context) => {
	const domains = await context.domains(true).catch(() => []);
	return [...domains.map(({name, state}) => ({text: name, description: state})), ...definitionCandidates(context)];
});

export const profileName: Kind<string> = {
	placeholder: 'PROFILE',
	parse: (text) => parseName(text, 'profile'),
	async complete(_prefix, context) {
		return (await context.profiles()).map(({name, origin}) => ({text: name, description: `${origin} profile`}));
	},
};
