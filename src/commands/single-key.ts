import {ShellError} from '../core/errors.ts';
import {defaultSpec} from '../spec/default-spec.ts';
import {findKey} from '../spec/keys.ts';
import {defineCommand, optional, WrongArgument, type Command, type Params, type Kind} from './command.ts';
import {editDefinition} from './edit-definition.ts';
import {valuesOf} from './key-kinds.ts';

interface SingleKeyCommand {
	readonly name: string;
	readonly key: string;
	readonly summary: string;
	readonly description: string;
	readonly help: string;
	readonly examples: Command['examples'];
}

/** A command that sets one key, or shows it where no value is given; `default` unsets it. */
export function singleKeyCommand({name, key: keyName, summary, description, help, examples}: SingleKeyCommand) {
	const key = findKey(keyName);
	const kind: Kind<string> = {
		placeholder: key.placeholder,
		parse: (text) => text,
		async complete(prefix, context) {
			return [...(await valuesOf(key, prefix, context)), {text: 'default', description: key.fallback}];
		},
	};
	return defineCommand({
		name,
		group: 'parts',
		summary,
		description: `${description} 'default' takes the choice back.`,
		params: {value: optional(kind, help)} satisfies Params,
		...(examples === undefined ? {} : {examples}),
		check({value}) {
			try {
				if (value !== undefined && value !== 'default') {
					key.set(defaultSpec, [value], '/');
				}
			} catch (error) {
				if (error instanceof ShellError && error.code === 'usage') {
					throw new WrongArgument('value', error.message, error.hint);
				}
				throw error;
			}
		},
		async *run({value}, context) {
			if (value === undefined) {
				const {spec} = context.session.definition();
				yield {kind: 'record', type: key.name, fields: {[key.name]: key.get(spec)?.[0] ?? null, default: key.fallback}};
				return;
			}
			yield* editDefinition(context, (spec) => (value === 'default' ? key.unset(spec) : key.set(spec, [value], context.host.directory())));
		},
	});
}
