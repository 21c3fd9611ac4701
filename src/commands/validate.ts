import type {XmlFault} from '../backend/xml/scan/scanned.ts';
import {ShellError} from '../core/errors.ts';
import {tableOf, type Output} from '../core/output.ts';
import {systemReason} from '../core/system-reason.ts';
import {findProblems} from '../spec/validate-spec.ts';
import {defineCommand, flag, option, optional, WrongArgument} from './command.ts';
import type {CommandContext} from './context.ts';
import {path} from './kinds.ts';
import {anyName} from './names.ts';
import {planOf} from './plan-of.ts';
import {readDocument, type ForeignDocument} from './read-document.ts';
import {callingFor} from './running.ts';
import type {Definition} from './session.ts';
import {showFaults, type Fault} from './show-faults.ts';

/** A patch that takes longer is not shown. */
const mostDiffMs = 3000;

export const validate = defineCommand({
	name: 'validate',
	group: 'definition',
	summary: 'Find every fault of a definition, a domain or a file',
	description:
		"Looks at a definition, at the XML of any domain or at a file: by the rules of XML, by libvirt's schema, by what libvirt refuses or drops besides, and by what this host has. Each fault has its place, what is wrong, and what mends it. --fix shows the changes that mend a document as a patch, --write makes them in the file. Fails where there is a fault. Nothing is started.",
	params: {
		name: optional(anyName, 'the definition, else the domain; -: standard input; left out: the current definition'),
		file: option(path(), 'a file with the XML of a domain'),
		fix: flag('show a patch that mends what can be mended'),
		rules: flag('list what documents are held against besides the schema'),
		write: flag('with --fix and --file: change the file; FILE.orig keeps the old text'),
	},
	examples: [
		['new web; mount ram:/scratch=64M; validate', 'finds nothing wrong'],
		['validate --file web.xml', 'tells the faults of a file'],
		['validate --file web.xml --fix --write', 'mends them'],
		['validate --rules', 'lists our rules'],
	],
	check({name, file, fix, rules, write}) {
		if (rules && (name !== undefined || file !== undefined || fix)) throw new WrongArgument('rules', '--rules looks at no document', 'Leave out the rest.');
		if (name !== undefined && file !== undefined) throw new WrongArgument('file', '--file and a name exclude each other', 'Give one of them.');
		if (name !== undefined && /\/|\.xml$/i.test(name)) throw new WrongArgument('name', `'${name}' is the name of a file`, `Write validate --file ${name}.`);
		if (write && !fix) throw new WrongArgument('write', '--write has no meaning without --fix', 'Write --fix --write.');
		if (write && file === undefined) throw new WrongArgument('write', '--write needs a file', 'Name it with --file FILE.');
	},
	async *run({name, file, fix, rules, write}, context) {
		if (rules) {
			yield await listRules();
			return;
		}
		const definition = file === undefined ? definitionOf(name, context) : undefined;
		if (definition === undefined) {
			const document = await readDocument(name, file, context);
			yield* fix ? mend(document, write, context) : check(document, context);
			return;
		}
		if (fix) {
			throw new ShellError('refused', `The XML of '${definition.name}' is made from its definition: there is nothing to patch`, {
				hint: "Change the definition; 'validate' without --fix tells what is wrong.",
			});
		}
		yield* checkDefinition(definition, context);
	},
});

async function listRules(): Promise<Output> {
	const {allRules} = await import('../backend/xml/rules/all-rules.ts');
	return tableOf(
		['id', 'drivers', 'level', 'about'],
		allRules.map(({id, drivers, level, about}) => ({id, drivers: drivers.join(' '), level, about})),
	);
}

function definitionOf(name: string | undefined, {session}: CommandContext): Definition | undefined {
	return name === undefined ? session.definition() : session.state.definitions.get(name);
}

async function* checkDefinition({name, spec}: Definition, context: CommandContext): AsyncGenerator<Output> {
	const problems = findProblems(spec).map(({message, hint}): Fault => ({source: 'rule', level: 'error', message, cure: hint}));
	// What breaks our rules has no XML.
	if (problems.length > 0) {
		yield* tell(problems, {title: `The definition '${name}'`, text: '', file: undefined}, context);
		return;
	}
	const lacks = await context.sandboxes.lacks(spec, callingFor(context, name));
	const plan = await planOf(context, name).catch((error: unknown) => {
		if (!(error instanceof ShellError) || context.signal.aborted) throw error;
		return error;
	});
	const said = lacks.map(({level, message, hint}): Fault => ({source: 'host', level, message, cure: hint}));
	const title = `The definition '${name}'`;
	if (plan instanceof ShellError) {
		// What is missing stops a plan too, and is told already.
		const stopped: Fault = {source: 'host', level: 'error', message: plan.message, cure: plan.hint};
		yield* tell(lacks.some(({message}) => message === plan.message) ? said : [...said, stopped], {title, text: '', file: undefined}, context);
		return;
	}
	const noticed = plan.notices.map(({level, message}): Fault => ({source: 'host', level, message}));
	const faults = yield* findFaults({text: plan.xml, name, origin: 'definition'}, context);
	yield* tell([...faults.map(withLevel), ...said, ...noticed], {title, text: plan.xml, file: undefined}, context);
}

async function* check(document: ForeignDocument, context: CommandContext): AsyncGenerator<Output> {
	const faults = yield* findFaults(document, context);
	yield* tell(faults.map(withLevel), document, context);
}

async function* mend(document: ForeignDocument, write: boolean, context: CommandContext): AsyncGenerator<Output> {
	const {title, text, file} = document;
	const before = (yield* findFaults(document, context)).map(withLevel);
	const [{mendDocument}, {createTwoFilesPatch, FILE_HEADERS_ONLY}] = await Promise.all([import('./mend-document.ts'), import('diff')]);
	const {mended, left} = await mendDocument(text, before, async (next) => (await askFor({...document, text: next}, context)).faults);
	if (mended !== text) {
		const patch = createTwoFilesPatch(file ?? 'domain.xml', file ?? 'domain.xml', text, mended, undefined, undefined, {
			context: 2,
			headerOptions: FILE_HEADERS_ONLY,
			timeout: mostDiffMs,
		});
		if (patch === undefined) yield {kind: 'notice', level: 'warning', code: 'no-patch', message: 'There are too many changes to show them as a patch'};
		else yield {kind: 'document', format: 'text', text: patch};
		if (write) yield await changeFile(document, mended, context);
	}
	const rest = left.map(withLevel);
	if (rest.some(isFault)) {
		yield* tell(rest, {title: mended === text ? title : `${title}, mended as far as it can be,`, text: mended, file}, context);
	} else if (before.some(isFault) && !write) {
		throw new ShellError('failed', `${title} has faults`, {hint: 'The patch mends all of them.'});
	} else {
		yield* tell([], document, context);
	}
}

async function changeFile({file = '', text, isText}: ForeignDocument, mended: string, {host}: CommandContext): Promise<Output> {
	if (!isText) {
		throw new ShellError('refused', `'${file}' has bytes that are no UTF-8, and stays as it is`, {hint: 'Save it as UTF-8 first.'});
	}
	try {
		const kept = await host.changeFile(file, text, mended);
		return {kind: 'notice', level: 'info', code: 'mended', message: `'${file}' is changed; the old text is in ${kept}`};
	} catch (error) {
		if (error instanceof ShellError) throw error;
		throw new ShellError('failed', `Cannot change '${file}': ${systemReason(error)}`, {
			cause: error,
			hint: `The old text goes to ${file}.orig: move away what has that name.`,
		});
	}
}

/** A text, and the domain that it is of. */
type Asked = Pick<ForeignDocument, 'text' | 'name'> & {readonly origin?: 'definition' | 'domain' | 'file'};

function askFor(
	{text, name, origin = name === undefined ? 'file' : 'domain'}: Asked,
	context: CommandContext,
): ReturnType<CommandContext['sandboxes']['checkDocument']> {
	return context.sandboxes.checkDocument(text, {...callingFor(context, name), origin});
}

/** Tells once why the schema was not asked. */
async function* findFaults(asked: Asked, context: CommandContext): AsyncGenerator<Output, readonly XmlFault[]> {
	const {faults, lacking} = await askFor(asked, context);
	if (lacking !== undefined)
		yield {kind: 'notice', level: 'warning', code: 'no-schema', message: lacking, hint: 'Only the syntax and our rules are checked.'};
	return faults;
}

function withLevel(fault: XmlFault): Fault & XmlFault {
	return {...fault, level: fault.level ?? 'error'};
}

/** What a document says and does not mean is a fault; what a host lacks may come. */
function isFault({level, source}: Fault): boolean {
	return level === 'error' || (level === 'warning' && source === 'rule');
}

async function* tell(
	faults: readonly Fault[],
	{title, text, file}: Pick<ForeignDocument, 'title' | 'text' | 'file'>,
	{output}: CommandContext,
): AsyncGenerator<Output> {
	if (faults.length > 0 || output === 'json') yield showFaults(faults, text, {output, file});
	const {length} = faults.filter(isFault);
	if (length > 0) throw failure(title, length);
	yield {kind: 'notice', level: 'info', code: 'valid', message: `${title} has no faults`};
}

function failure(title: string, count: number): ShellError {
	return new ShellError('failed', `${title} has ${count} ${count === 1 ? 'fault' : 'faults'}`);
}
