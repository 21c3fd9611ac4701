import type {Output} from '../core/output.ts';
import {ShellError} from '../core/errors.ts';
import {defaultSpec} from '../spec/default-spec.ts';
import {findKey} from '../spec/keys.ts';
import {option, optionName, WrongArgument, type Kind, type Param} from './command.ts';
import type {CommandContext} from './context.ts';
import {editDefinition} from './edit-definition.ts';
import {valuesOf} from './key-kinds.ts';

/** An option that sets the key of that name. */
export function keyOption(keyName: string): Param<string | undefined> {
	const key = findKey(keyName);
	const kind: Kind<string> = {placeholder: key.placeholder, parse: (text) => text, complete: (prefix, context) => valuesOf(key, prefix, context)};
	return option(kind, `${key.help} (default: ${key.fallback})`);
}

type Given = Readonly<Record<string, string | undefined>>;

const keyOf = (prefix: string, param: string) => findKey(param === 'accel' ? param : prefix + optionName(param));

/** Reads the values of options that set keys; a usage error names the option's place. */
export function checkKeys(given: Given, prefix = ''): void {
	for (const [param, value] of Object.entries(given)) {
		try {
			if (value !== undefined && value !== 'default') {
				keyOf(prefix, param).set(defaultSpec, [value], '/');
			}
		} catch (error) {
			if (error instanceof ShellError && error.code === 'usage') {
				throw new WrongArgument(param, error.message, error.hint);
			}
			throw error;
		}
	}
}

/** Sets the keys that options name, or shows them all where none is given. */
export function* runKeys(given: Given, type: string, context: CommandContext, prefix = ''): Generator<Output> {
	const entries = Object.entries(given);
	if (entries.every(([, value]) => value === undefined)) {
		const {spec} = context.session.definition();
		const rows = entries.map(([param]) => {
			const key = keyOf(prefix, param);
			return {[type]: optionName(param), value: key.get(spec)?.[0] ?? null, default: key.fallback};
		});
		yield {kind: 'table', columns: [{name: type}, {name: 'value'}, {name: 'default'}], rows};
		return;
	}
	yield* editDefinition(context, (spec) =>
		entries.reduce((changed, [param, value]) => {
			const key = keyOf(prefix, param);
			return value === undefined ? changed : value === 'default' ? key.unset(changed) : key.set(changed, [value], context.host.directory());
		}, spec),
	);
}
