import {ShellError} from '../../../core/errors.ts';
import {isCode} from '../../../core/is-code.ts';
import {readRegularFile} from '../../host/files/read-regular-file.ts';
import {commandCapabilities} from '../command-file.ts';
import {compileFilter, countInstructions, mostInstructions} from './compile-filter.ts';
import {parseOciFilter, type FilterBasis} from './parse-oci-filter.ts';

const mostBytes = 1024 ** 2;

/** Reads a filter of system calls from a file in the OCI runtime's form. Every fault is a ShellError that names the file and the place in it. */
export function readFilterFile(path: string, basis: Omit<FilterBasis, 'capabilities'>): Buffer {
	const text = readText(path);
	const capabilities = Object.keys(commandCapabilities).map((name) => `CAP_${name.toUpperCase()}`);
	try {
		const filter = compileFilter(parseOciFilter(JSON.parse(text), {...basis, capabilities}));
		if (countInstructions(filter) > mostInstructions) throw new Error(`it takes more than the ${mostInstructions} instructions of the kernel`);
		return filter;
	} catch (cause) {
		throw new ShellError('refused', `The filter of system calls ${path} cannot be used: ${reasonOf(cause)}`, {
			hint: "It is to have the OCI runtime's form: JSON with defaultAction and syscalls, as the default profiles of docker and podman",
			cause,
		});
	}
}

function readText(path: string): string {
	try {
		return readRegularFile(path, {name: `The filter of system calls ${path}`, most: mostBytes}).toString();
	} catch (cause) {
		if (cause instanceof ShellError) throw cause;
		const options = {hint: 'Name a file of this host, or write default or off', cause};
		if (isCode(cause, 'ENOENT')) throw new ShellError('not-found', `The host has no file ${path} to filter system calls by`, options);
		throw new ShellError('refused', `The filter of system calls ${path} cannot be read: ${reasonOf(cause)}`, options);
	}
}

function reasonOf(cause: unknown): string {
	return cause instanceof Error ? cause.message : String(cause);
}
