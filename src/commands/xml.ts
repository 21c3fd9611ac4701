import {defineCommand, optional} from './command.ts';
import {definitionName} from './names.ts';
import {planOf} from './plan-of.ts';

export const xml = defineCommand({
	name: 'xml',
	aliases: ['dumpxml'],
	group: 'definition',
	summary: 'Print the domain XML that libvirt would get',
	description: 'Nothing is started. Identities that are chosen at the start (id, uuid, state directory) are made up.',
	params: {name: optional(definitionName, 'the definition; left out: the current one')},
	examples: [['new web; mount ram:/scratch=64M; xml', 'prints the domain with the mount']],
	async *run({name}, context) {
		const plan = await planOf(context, name);
		yield {kind: 'document', format: 'xml', text: plan.xml};
	},
});
