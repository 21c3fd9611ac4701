import type {Plan} from '../backend/types.ts';
import type {Element} from '../backend/xml/element.ts';
import type {XmlLine} from '../backend/xml/write-xml.ts';
import {tableOf, type Output} from '../core/output.ts';
import {ShellError} from '../core/errors.ts';
import {safeText} from '../core/text.ts';
import {defineCommand, flag, option, optional, WrongArgument} from './command.ts';
import type {CommandContext} from './context.ts';
import {text} from './kinds.ts';
import {anyName} from './names.ts';
import {planOf} from './plan-of.ts';
import {callingFor} from './running.ts';
import {isDirty} from './session.ts';

export const xml = defineCommand({
	name: 'xml',
	aliases: ['dumpxml'],
	group: 'definition',
	summary: 'Print the domain XML that libvirt would get, or has',
	description:
		'For a definition, it prints what a start would give libvirt: nothing is started, and identities that are chosen at the start (id, uuid, state directory) are made up. For a sandbox that this session started and whose definition has not changed since, and for a NAME that is not a definition, it prints what libvirt has. --plan and --running say which of the two.',
	params: {
		name: optional(anyName, 'the definition, else the domain; left out: the current definition'),
		running: flag('what libvirt has of the sandbox that runs'),
		plan: flag('what libvirt would get from the definition'),
		causes: flag('the cause of each line, beside it (definitions only)'),
		path: option(text('PATH'), 'only what lies at a path, as /domain/devices/console[2]'),
		xpath: option(text('EXPRESSION'), 'only what an XPath 1.0 expression gives'),
		wrap: flag('with --xpath: all of it in one element, <nodes>'),
	},
	examples: [
		['new web; mount ram:/scratch=64M; xml', 'prints the domain with the mount'],
		['new web; mount ram:/scratch=64M; xml --causes', 'and what each line comes from'],
		['xml web --running', 'prints what libvirt has of web'],
		['new web; xml --path /domain/memory', 'prints one element'],
		["new web; xml --xpath '//filesystem/target/@dir'", 'prints every mount point'],
		['new web; xml --xpath //console --wrap', 'a document of all consoles'],
	],
	check({running, plan, causes, path, xpath, wrap}) {
		if (running && (plan || causes)) {
			throw new WrongArgument('running', `--running and --${plan ? 'plan' : 'causes'} exclude each other`, 'Give one of them.');
		}
		if (wrap && xpath === undefined) {
			throw new WrongArgument('wrap', '--wrap has no meaning without --xpath', "Write xml --xpath '//filesystem' --wrap.");
		}
		if (xpath !== undefined && (causes || path !== undefined)) {
			throw new WrongArgument('xpath', `--xpath and --${causes ? 'causes' : 'path'} exclude each other`, 'Give one of them.');
		}
	},
	async *run({name, running, plan: planned, causes, path, xpath, wrap}, context) {
		const plan = await sourceOf(name, running ? 'running' : planned || causes ? 'plan' : undefined, context);
		if (xpath !== undefined) {
			yield* select(await documentOf(plan), xpath, wrap);
			return;
		}
		if (!causes && path === undefined) {
			yield {kind: 'document', format: 'xml', text: plan.xml};
			return;
		}
		if (causes && plan.document === undefined) {
			throw new ShellError('unavailable', `The causes of the XML of '${name ?? ''}' are not known`, {
				hint: 'They are known only for a definition of this session.',
			});
		}
		const {writeXmlLines} = await import('../backend/xml/write-xml.ts');
		const all = writeXmlLines(await documentOf(plan));
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
		yield context.output === 'json' ? causeTable(lines) : {kind: 'document', format: 'xml', text: causesBeside(lines)};
	},
});

/** The XML that is asked for, or that fits: what runs as it is defined is shown as it runs. */
async function sourceOf(name: string | undefined, wanted: 'running' | 'plan' | undefined, context: CommandContext): Promise<Pick<Plan, 'xml' | 'document'>> {
	const {session, sandboxes} = context;
	const definition = name === undefined ? session.current : session.state.definitions.get(name);
	const target = definition?.name ?? name;
	const isSame = definition !== undefined && !isDirty(definition) && sandboxes.living().includes(definition.name);
	const fits = (name !== undefined && definition === undefined) || isSame ? 'running' : 'plan';
	return (wanted ?? fits) === 'running' && target !== undefined
		? {xml: await sandboxes.domainXml(target, callingFor(context, target))}
		: planOf(context, name);
}

async function documentOf({document, xml: source}: Pick<Plan, 'xml' | 'document'>): Promise<Element> {
	if (document !== undefined) {
		return document;
	}
	const {readXml} = await import('../backend/xml/read-xml.ts');
	return readXml(source);
}

async function* select(document: Element, expression: string, wrap: boolean): AsyncGenerator<Output> {
	const {selectXPath, wrapNodes} = await import('../backend/xml/select-xpath.ts');
	const selection = await selectXPath(document, expression);
	if (selection.kind === 'value') {
		yield {kind: 'document', format: 'text', text: `${selection.text}\n`};
		return;
	}
	yield {kind: 'document', format: 'xml', text: wrap ? wrapNodes(selection.texts) : selection.texts.join('')};
}

function causeTable(lines: readonly XmlLine[]): Output {
	return tableOf(
		['text', 'path', 'cause', 'causeKind'],
		lines.map((line) => ({...line, cause: line.cause?.text, causeKind: line.cause?.kind})),
	);
}

function causesBeside(lines: readonly XmlLine[]): string {
	const room = Math.min(76, Math.max(...lines.map((line) => line.text.length)));
	const beside = lines.map((line, index) => {
		const isNew = line.cause !== undefined && line.cause !== lines[index - 1]?.cause;
		return isNew ? `${line.text.padEnd(room)}  <!-- ${safeText(line.cause?.text ?? '').replaceAll('--', '- -')} -->` : line.text;
	});
	return `${beside.join('\n')}\n`;
}
