import {ShellError} from '../core/errors.ts';
import {findProblems} from '../spec/validate-spec.ts';
import {defineCommand, optional} from './command.ts';
import {definitionName} from './names.ts';
import {planOf} from './plan-of.ts';

export const validate = defineCommand({
	name: 'validate',
	group: 'definition',
	summary: 'Check a definition by our rules and by the schema of libvirt',
	description: 'It reports every fault, and fails when there is one. Nothing is started.',
	params: {name: optional(definitionName, 'the definition; left out: the current one')},
	examples: [['new web; mount ram:/scratch=64M; validate', 'finds nothing wrong']],
	async *run({name}, context) {
		const definition = context.session.definition(name);
		const problems = findProblems(definition.spec);
		for (const {message, hint} of problems) {
			yield {kind: 'notice', level: 'error', code: 'invalid', message, ...(hint === undefined ? {} : {hint})};
		}
		if (problems.length > 0) {
			throw new ShellError('failed', `The definition '${definition.name}' has ${problems.length} ${problems.length === 1 ? 'fault' : 'faults'}`);
		}
		const plan = await planOf(context, name);
		for (const {level, code, message} of plan.notices) {
			yield {kind: 'notice', level, code, message};
		}
		const faults = await context.sandboxes.checkSchema(plan.xml, context.signal);
		for (const message of faults ?? []) {
			yield {kind: 'notice', level: 'error', code: 'schema', message};
		}
		if (faults !== undefined && faults.length > 0) {
			throw new ShellError('failed', `The XML of '${definition.name}' does not fit the schema of libvirt`);
		}
		yield {
			kind: 'record',
			type: 'validation',
			fields: {name: definition.name, rules: 'ok', schema: faults === undefined ? 'not checked: virt-xml-validate is not installed' : 'ok'},
		};
	},
});
