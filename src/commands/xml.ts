import {ShellError} from '../core/errors.ts';
import {safeText} from '../core/text.ts';
import {defineCommand, flag, option, optional} from './command.ts';
import {text} from './kinds.ts';
import {definitionName} from './names.ts';
import {planOf} from './plan-of.ts';

export const xml = defineCommand({
	name: 'xml',
	aliases: ['dumpxml'],
	group: 'definition',
	summary: 'Print the domain XML that libvirt would get',
	description: 'Nothing is started. Identities that are chosen at the start (id, uuid, state directory) are made up.',
	params: {
		name: optional(definitionName, 'the definition; left out: the current one'),
		causes: flag('what brought each line about, beside it'),
		path: option(text('PATH'), 'only what lies at a path, as /domain/devices/console[2]'),
	},
	examples: [
		['new web; mount ram:/scratch=64M; xml', 'prints the domain with the mount'],
		['new web; mount ram:/scratch=64M; xml --causes', 'and what each line comes from'],
		['new web; xml --path /domain/memory', 'prints one element'],
	],
	async *run({name, causes, path}, context) {
		const plan = await planOf(context, name);
		if (!causes && path === undefined) {
			yield {kind: 'document', format: 'xml', text: plan.xml};
			return;
		}
		if (plan.document === undefined) {
			throw new ShellError('unavailable', 'This backend does not tell the parts of its XML');
		}
		const {writeXmlLines} = await import('../backend/xml/write-xml.ts');
		const all = writeXmlLines(plan.document);
		const lines = path === undefined ? all : all.filter((line) => line.path === path || line.path.startsWith(`${path}/`));
		if (lines.length === 0) {
			throw new ShellError('not-found', `The XML has nothing at ${path ?? ''}`, {
				hint: "With --output json, 'xml --causes' tells the path of every line.",
			});
		}
		if (!causes) {
			yield {kind: 'document', format: 'xml', text: lines.map((line) => `${line.text}\n`).join('')};
			return;
		}
		if (context.output === 'json') {
			yield {
				kind: 'table',
				columns: [{name: 'text'}, {name: 'path'}, {name: 'cause'}, {name: 'causeKind'}],
				rows: lines.map((line) => ({text: line.text, path: line.path, cause: line.cause?.text ?? null, causeKind: line.cause?.kind ?? null})),
			};
			return;
		}
		const room = Math.min(76, Math.max(...lines.map((line) => line.text.length)));
		const beside = lines.map((line, index) => {
			const isNew = line.cause !== undefined && line.cause !== lines[index - 1]?.cause;
			return isNew ? `${line.text.padEnd(room)}  <!-- ${safeText(line.cause?.text ?? '').replaceAll('--', '- -')} -->` : line.text;
		});
		yield {kind: 'document', format: 'xml', text: `${beside.join('\n')}\n`};
	},
});
