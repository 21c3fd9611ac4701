import {ShellError} from '../../core/errors.ts';
import {isObject} from '../../core/is-object.ts';
import type {Limit, ProcessBounds} from '../host/process-bounds.ts';
import type {TerminalSize} from '../types.ts';
import type {ClientLine, ControlRequest, OwnerLine, SessionRequest} from './control-line.ts';

/** More than kernels have. */
const mostLimits = 64;

type Fields = Readonly<Record<string, unknown>>;

/** A client's first line. Throws a ShellError `usage` for one that this program would not write. */
export function parseRequest(line: unknown): ControlRequest {
	const {ask, signal, console, recentBytes, session} = fieldsOf(line) ?? {};
	switch (ask) {
		case 'destroy':
		case 'wait':
		case 'written':
		case 'consoles':
			return {ask};
		case 'signal':
			return isCount(signal) ? {ask, signal} : refuse();
		case 'console':
			return typeof console === 'string' ? {ask, console, ...(isCount(recentBytes) ? {recentBytes} : {})} : refuse();
		case 'session':
			return {ask, session: parseSession(session) ?? refuse()};
		default:
			return refuse();
	}
}

/** A client's later line; undefined for one that is none, which is left out. */
export function parseClientLine(line: unknown): ClientLine | undefined {
	const {say, signal, size, data} = fieldsOf(line) ?? {};
	switch (say) {
		case 'go':
		case 'done':
			return {say};
		case 'signal':
			return isCount(signal) ? {say, signal} : undefined;
		case 'resize': {
			const parsed = parseSize(size);
			return parsed === undefined ? undefined : {say, size: parsed};
		}
		case 'input':
			return typeof data === 'string' ? {say, data} : undefined;
		default:
			return undefined;
	}
}

/** Rows or columns: more than any screen has, and no more memory than a terminal may take. */
const mostOfSize = 2000;

/** What each kind of an owner's line must hold. */
const ownerFields: Readonly<Record<OwnerLine['tell'], Readonly<Record<string, 'number' | 'string' | 'object'>>>> = {
	session: {number: 'number', place: 'object'},
	ready: {},
	exit: {status: 'number'},
	wrote: {},
	relay: {},
	size: {size: 'object'},
	direct: {tty: 'number', uri: 'string', uuid: 'string'},
	output: {data: 'string'},
	done: {},
	consoles: {consoles: 'object'},
	written: {},
	error: {code: 'string', message: 'string'},
};

/** Whether a line is an owner's: its kind is known, and what that needs is there. */
export function isOwnerLine(line: unknown): line is OwnerLine {
	const fields = fieldsOf(line);
	const needed = Object.entries(ownerFields).find(([tell]) => tell === fields?.['tell'])?.[1];
	return (
		fields !== undefined && needed !== undefined && Object.entries(needed).every(([name, type]) => typeof fields[name] === type && fields[name] !== null)
	);
}

function parseSession(value: unknown): SessionRequest | undefined {
	const {command, tty, size, isOneOutput, cwd, environment, user, caller} = fieldsOf(value) ?? {};
	const {cwd: from, environment: around, bounds} = fieldsOf(caller) ?? {};
	const parsedBounds = parseBounds(bounds);
	const parsedSize = parseSize(size);
	if (
		!Array.isArray(command) ||
		!command.every((word) => typeof word === 'string') ||
		typeof tty !== 'boolean' ||
		(size !== undefined && parsedSize === undefined) ||
		(isOneOutput !== undefined && typeof isOneOutput !== 'boolean') ||
		!isTextOrNone(cwd) ||
		!isTexts(environment) ||
		!isTextOrNone(user) ||
		typeof from !== 'string' ||
		!isTexts(around) ||
		(bounds !== undefined && parsedBounds === undefined)
	) {
		return undefined;
	}
	return {
		command,
		tty,
		size: parsedSize,
		...(isOneOutput === undefined ? {} : {isOneOutput}),
		cwd,
		environment,
		user,
		caller: {cwd: from, environment: around, ...(parsedBounds === undefined ? {} : {bounds: parsedBounds})},
	};
}

function parseBounds(value: unknown): ProcessBounds | undefined {
	const {umask, nice, limits} = fieldsOf(value) ?? {};
	if (!isCount(umask) || typeof nice !== 'number' || !Number.isInteger(nice) || !Array.isArray(limits)) return undefined;
	const pairs = limits.map((pair: unknown) => (Array.isArray(pair) ? pair : []));
	const areWhole = pairs.length <= mostLimits && pairs.every((pair) => pair.length === 2 && pair.every((each) => each === null || isCount(each)));
	return areWhole ? {umask, nice, limits: pairs.map(([soft, hard]): [Limit, Limit] => [soft, hard])} : undefined;
}

export function parseSize(value: unknown): TerminalSize | undefined {
	const {rows, columns} = fieldsOf(value) ?? {};
	return isCount(rows) && isCount(columns) && Math.max(rows, columns) <= mostOfSize ? {rows, columns} : undefined;
}

function fieldsOf(value: unknown): Fields | undefined {
	return isObject(value) ? value : undefined;
}

function isCount(value: unknown): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isTextOrNone(value: unknown): value is string | undefined {
	return value === undefined || typeof value === 'string';
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
	const fields = fieldsOf(value);
	return fields !== undefined && Object.values(fields).every((each) => typeof each === 'string');
}

function refuse(): never {
	throw new ShellError('usage', 'The sandbox’s owner does not know this request', {hint: 'Is it of another version?'});
}
