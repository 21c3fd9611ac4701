import {setItems} from '../spec/items.ts';
import {defineCommand, optional} from './command.ts';
import {anyName} from './names.ts';
import {quoteWord} from './quote-word.ts';
import {callingFor, runningNameOf} from './running.ts';

export const info = defineCommand({
	name: 'info',
	aliases: ['dominfo'],
	group: 'look',
	summary: 'Show what is known of a sandbox that runs',
	description: "Facts about the running sandbox; 'show' prints the definition. Works for any domain of the connection.",
	params: {name: optional(anyName, 'the sandbox; left out: the current one')},
	examples: [['info web', 'shows state, memory, CPU time, addresses and more']],
	async *run({name}, context) {
		const target = runningNameOf(context, name);
		const {spec, ...facts} = await context.sandboxes.info(target, callingFor(context, target));
		const plain = Object.fromEntries(Object.entries(facts).map(([key, value]) => [key, value ?? null]));
		yield {
			kind: 'record',
			type: 'domain',
			fields: {...plain, seccomp: spec?.seccomp ?? null, spec: spec === undefined ? null : Object.fromEntries(setItems(spec, quoteWord))},
		};
	},
});
