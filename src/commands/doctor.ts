import {defineCommand, flag} from './command.ts';
import {callingFor} from './running.ts';

export const doctor = defineCommand({
	name: 'doctor',
	group: 'host',
	summary: 'Say what this host can host, and what mends the rest',
	description: 'Looks at daemons, drivers, rights, KVM, kernels, tools, labels, networks and leftovers. Starts no sandbox and changes nothing.',
	params: {all: flag('what is in order, too')},
	examples: [
		['doctor', 'lists what is missing, with the command that mends it'],
		['doctor --all', 'lists everything that was looked at'],
	],
	async *run({all}, context) {
		const findings = [];
		for await (const finding of context.sandboxes.diagnose(callingFor(context))) {
			findings.push(finding);
		}
		const rows = findings.filter(({state}) => all || context.output === 'json' || state !== 'ok');
		yield {
			kind: 'table',
			columns: [{name: 'area'}, {name: 'subject'}, {name: 'state'}, {name: 'detail'}, {name: 'mend'}],
			rows: rows.map(({area, subject, state, detail, mend}) => ({area, subject, state, detail, mend})),
		};
		const well = findings.filter(({state}) => state === 'ok').length;
		yield {kind: 'notice', level: 'info', code: 'doctor', message: `${well} of ${findings.length} checks are in order`};
	},
});
