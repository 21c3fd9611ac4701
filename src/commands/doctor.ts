import {tableOf} from '../core/output.ts';
import {safeText} from '../core/text.ts';
import {defineCommand, flag} from './command.ts';
import {callingFor} from './running.ts';
import type {Finding} from './sandboxes.ts';

/** No table: its columns would be cut on a narrow terminal, and the command that mends it with them. */
function describe({area, subject, state, detail, mend}: Finding): string {
	const line = `${state.padEnd(7)}  ${area} ${subject}: ${detail}`;
	return safeText(line) + (mend === null ? '' : `\n         ${safeText(mend)}`);
}

export const doctor = defineCommand({
	name: 'doctor',
	group: 'host',
	summary: 'Say what this host can host, and how to fix the rest',
	description:
		'Looks at daemons, drivers, rights, KVM, kernels, tools, labels, networks, mapped ids and leftovers. Tries out KVM and a container with mapped ids, ends them, and leaves nothing behind. Where sandboxes use a libvirtd of our own, doctor starts it, and it ends by itself.',
	params: {all: flag('what is in order, too')},
	examples: [
		['doctor', 'lists what is missing, with the command that fixes it'],
		['doctor --all', 'lists everything that was looked at'],
	],
	async *run({all}, context) {
		const findings = [];
		for await (const finding of context.sandboxes.diagnose(callingFor(context))) {
			findings.push(finding);
		}
		const rows = findings.filter(({state}) => all || context.output === 'json' || state !== 'ok');
		yield context.output === 'json'
			? tableOf(['area', 'subject', 'state', 'detail', 'mend'], rows)
			: {kind: 'document', format: 'text', text: rows.length === 0 ? 'All is in order' : rows.map(describe).join('\n')};
		const well = findings.filter(({state}) => state === 'ok').length;
		yield {kind: 'notice', level: 'info', code: 'doctor', message: `${well} of ${findings.length} checks are in order`};
	},
});
