import type {ProgramArchitecture} from '../program/program-file.ts';
import {callNumbers, type Abi} from './call-numbers.ts';
import {mostInstructions} from './compile-filter.ts';
import {list, number, objectOf, text, wide, type JsonObject} from './json-fields.ts';
import {abisOf, answers, comparisons, errors, type AbiRules, type Answer, type Clause, type Condition} from './rules.ts';

/** Where a filter is to hold: some of its entries may be for others. */
export interface FilterBasis {
	readonly architecture: ProgramArchitecture;
	/** The release of the kernel, as `6.12.3-amd64`. */
	readonly kernel: string;
	/** What a command may have, as `CAP_CHOWN`. */
	readonly capabilities: readonly string[];
}

const abiNames: ReadonlyMap<string, Abi> = new Map([
	['SCMP_ARCH_X86_64', 'x64'],
	['SCMP_ARCH_X86', 'i386'],
	['SCMP_ARCH_AARCH64', 'arm64'],
]);
const actions: ReadonlyMap<string, Answer> = new Map([
	['SCMP_ACT_ALLOW', answers.allow],
	['SCMP_ACT_LOG', answers.log],
	['SCMP_ACT_TRAP', answers.trap],
	['SCMP_ACT_KILL', answers.killThread],
	['SCMP_ACT_KILL_THREAD', answers.killThread],
	['SCMP_ACT_KILL_PROCESS', answers.killProcess],
]);
/** As `includes` and `excludes` name them. */
const architectureNames: Readonly<Record<ProgramArchitecture, string>> = {x64: 'amd64', arm64: 'arm64'};
/** What the OCI runtime's form has, and the default profiles of docker and podman besides. */
const keys = {
	filter: 'defaultAction defaultErrno defaultErrnoRet architectures archMap flags listenerPath listenerMetadata syscalls comment'.split(' '),
	entry: 'names name action errno errnoRet args includes excludes comment'.split(' '),
	condition: 'index value valueTwo op'.split(' '),
	limits: 'caps arches minKernel'.split(' '),
	map: 'architecture subArchitectures'.split(' '),
};
const largestErrno = 4095;
const lastArgument = 5;

/**
 * Reads a filter of system calls in the OCI runtime's form, with what the default profiles of docker and podman have besides
 * (`archMap`, `includes`, `excludes`). The first entry of a call that holds decides. Throws an Error that names the place of a fault.
 */
export function parseOciFilter(document: unknown, basis: FilterBasis): AbiRules[] {
	const filter = objectOf(document, keys.filter, 'it');
	if (filter['listenerPath'] !== undefined) throw new Error('listenerPath names a program that decides over calls, and there is none here');
	const otherwise = readAnswer(filter, {action: 'defaultAction', errno: 'defaultErrnoRet'});
	const abis = wantedAbis(filter, basis.architecture).map((abi) => ({abi, numbers: callNumbers(abi), clauses: new Map<number, Clause[]>()}));
	let count = 0;
	for (const [index, each] of list(filter['syscalls'] ?? [], 'syscalls').entries()) {
		const place = `syscalls[${index}]`;
		const entry = objectOf(each, keys.entry, place);
		const answer = readAnswer(entry, {action: 'action', errno: 'errnoRet', place});
		const clauses = readConditions(entry['args'], `${place}.args`).map((when): Clause => ({when, answer}));
		const isForUs = isMeant(entry, basis, place);
		for (const [position, named] of namesOf(entry, place).entries()) {
			const name = text(named, `${place}.names[${position}]`);
			if (!isForUs) continue;
			// Elsewhere a call that is not known is not there.
			if (isOpen(otherwise) && !isOpen(answer) && !isKnown(name))
				throw new Error(`${place}.names[${position}] is not a system call that is known here: '${name}'`);
			for (const {numbers, clauses: known} of abis) {
				const call = numbers.get(name);
				const before = call === undefined ? undefined : (known.get(call) ?? []);
				// What comes after an entry without conditions is never looked at.
				if (call === undefined || before === undefined || before.at(-1)?.when.length === 0) continue;
				count += clauses.length;
				if (count > mostInstructions) throw new Error(`it has more entries than a filter can, from ${place} on`);
				known.set(call, [...before, ...clauses]);
			}
		}
	}
	const rules = abis.map(({abi, clauses}) => ({abi, clauses, otherwise}));
	for (const each of rules) if (each.abi === basis.architecture) requireBegin(each);
	return rules;
}

/** The command itself is begun under the filter. */
function requireBegin({abi, clauses, otherwise}: AbiRules): void {
	const known = clauses.get(callNumbers(abi).get('execve') ?? Number.NaN) ?? [];
	const possible = [...known.map(({answer}) => answer), ...(known.at(-1)?.when.length === 0 ? [] : [otherwise])];
	if (!possible.some(isOpen)) throw new Error('it never allows execve, by which the command begins');
}

function namesOf(entry: JsonObject, place: string): readonly unknown[] {
	return entry['names'] === undefined && entry['name'] !== undefined ? [entry['name']] : list(entry['names'], `${place}.names`);
}

/** The kernel's own ABI, and the others that the file lists. */
function wantedAbis(filter: JsonObject, architecture: ProgramArchitecture): Abi[] {
	const listed = new Set<Abi | undefined>([architecture]);
	const take = (value: unknown, place: string): Abi | undefined => {
		const name = text(value, place);
		if (!name.startsWith('SCMP_ARCH_')) throw new Error(`${place} is no architecture: '${name}'`);
		return abiNames.get(name);
	};
	for (const [index, value] of list(filter['architectures'] ?? [], 'architectures').entries()) listed.add(take(value, `architectures[${index}]`));
	for (const [index, value] of list(filter['archMap'] ?? [], 'archMap').entries()) {
		const place = `archMap[${index}]`;
		const entry = objectOf(value, keys.map, place);
		const isOurs = take(entry['architecture'], `${place}.architecture`) === architecture;
		const more = list(entry['subArchitectures'] ?? [], `${place}.subArchitectures`).map((each, at) => take(each, `${place}.subArchitectures[${at}]`));
		if (isOurs) for (const abi of more) listed.add(abi);
	}
	return abisOf[architecture].filter((abi) => listed.has(abi));
}

function readAnswer(entry: JsonObject, keys: {readonly action: string; readonly errno: string; readonly place?: string}): Answer {
	const at = (key: string): string => (keys.place === undefined ? key : `${keys.place}.${key}`);
	const name = text(entry[keys.action], at(keys.action));
	const answer = actions.get(name);
	if (answer !== undefined) return answer;
	switch (name) {
		case 'SCMP_ACT_ERRNO':
			return answers.fail(number(entry[keys.errno] ?? errors.notPermitted, largestErrno, at(keys.errno)));
		case 'SCMP_ACT_TRACE':
		case 'SCMP_ACT_NOTIFY':
			throw new Error(`${at(keys.action)} is ${name}, which needs a program that decides over calls, and there is none here`);
		default:
			throw new Error(`${at(keys.action)} is not an action: '${name}'`);
	}
}

/** Lists of conditions, each of which is enough. Where one argument has several each condition is enough, as runc has it. */
function readConditions(value: unknown, place: string): Array<readonly Condition[]> {
	const conditions = list(value ?? [], place).map((each, index) => readCondition(each, `${place}[${index}]`));
	const indices = new Set(conditions.map(({index}) => index));
	return indices.size === conditions.length ? [conditions] : conditions.map((condition) => [condition]);
}

function readCondition(value: unknown, place: string): Condition {
	const entry = objectOf(value, keys.condition, place);
	const index = number(entry['index'], lastArgument, `${place}.index`);
	const operator = text(entry['op'], `${place}.op`);
	const comparison = comparisons.find((each) => operator === `SCMP_CMP_${each}`);
	if (comparison === undefined) throw new Error(`${place}.op is not a comparison: '${operator}'`);
	const first = wide(entry['value'], `${place}.value`);
	if (comparison !== 'MASKED_EQ') return {index, comparison, value: first};
	// The first is the mask, the second what is to be left of the argument.
	return {index, comparison, mask: first, value: wide(entry['valueTwo'] ?? 0, `${place}.valueTwo`)};
}

/** Whether an entry is for this kernel, processor and command. */
function isMeant(entry: JsonObject, {architecture, kernel, capabilities}: FilterBasis, place: string): boolean {
	const here = architectureNames[architecture];
	const read = (key: 'includes' | 'excludes') => {
		const at = `${place}.${key}`;
		const limits = objectOf(entry[key] ?? {}, keys.limits, at);
		const words = (name: string): string[] => list(limits[name] ?? [], `${at}.${name}`).map((word, index) => text(word, `${at}.${name}[${index}]`));
		const version = limits['minKernel'];
		const isReached = version === undefined ? undefined : isAtLeast(kernel, text(version, `${at}.minKernel`));
		return {caps: words('caps'), arches: words('arches'), isReached};
	};
	const [included, excluded] = [read('includes'), read('excludes')];
	return (
		included.caps.every((name) => capabilities.includes(name)) &&
		(included.arches.length === 0 || included.arches.includes(here)) &&
		included.isReached !== false &&
		!excluded.caps.some((name) => capabilities.includes(name)) &&
		!excluded.arches.includes(here) &&
		excluded.isReached !== true
	);
}

/** Whether a kernel's release is this version, as `4.8`, or a later one. */
function isAtLeast(kernel: string, version: string): boolean {
	const parts = (release: string): number[] => release.split(/[.-]/).map(Number);
	const [major = 0, minor = 0] = parts(kernel);
	const [leastMajor = 0, leastMinor = 0] = parts(version);
	return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function isOpen(answer: Answer): boolean {
	return answer === answers.allow || answer === answers.log;
}

function isKnown(name: string): boolean {
	return (['x64', 'i386', 'arm64'] as const).some((abi) => callNumbers(abi).has(name));
}
