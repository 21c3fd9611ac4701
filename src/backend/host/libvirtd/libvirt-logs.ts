import {closeSync, constants, existsSync, fstatSync, openSync, readSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {baseDirectory} from '../../../core/base-directories.ts';
import {safeText} from '../../../core/text.ts';
import {isSessionUri} from './local-uri.ts';

const systemLogs = '/var/log/libvirt';
const tailBytes = 64 * 1024;
/** Who wrote a line of libvirtd's, and where in it. */
const prefix = /^[-\d]+ [:.\d]+\+\d+: (?:\d+: )?(?:(?:debug|info|warning|error) : )?(?:\w+:\d+ : )?/;

/** Where one start of a domain begins in a log that all domains of that name have had. */
const started = /^[-\d]+ [:.\d]+\+\d+: starting up.*$/m;

/** What is noted of every domain: its machine's options, its beginning with environment and words, an end that is no crash. */
const usual = / is tainted: |^(?:LC_ALL=\S+ |LANG=\S+ )*PATH=|^shutting down(?!, reason=crashed)/;

/** What a person can look at of a libvirtd: where its log is and what that says, as far as it is here. `told`: what is known already. */
export function hintAtDaemon(uri: string, told = ''): string | undefined {
	const path = firstThere(daemonLogs(uri));
	if (path !== undefined) return hintAt(path, told);
	return existsSync('/run/systemd/system') ? '`journalctl -b -t libvirtd -t virtlxcd -t virtqemud` has the log of libvirtd' : undefined;
}

/** The same of what libvirt has on one domain, else of its daemon. */
export function hintAtDomain(uri: string, name: string): string | undefined {
	const path = firstThere(domainLogs(uri, name));
	return path === undefined ? hintAtDaemon(uri) : hintAt(path, '');
}

function daemonLogs(uri: string): string[] {
	return [...ownPlace(uri), isSessionUri(uri) ? sessionPlace() : systemLogs].map((directory) => join(directory, 'libvirtd.log'));
}

function domainLogs(uri: string, name: string): string[] {
	const driver = /^[a-z]+/.exec(uri)?.[0] ?? 'lxc';
	const ofSystem = [...ownPlace(uri).map((directory) => join(directory, 'log')), systemLogs].map((directory) => join(directory, driver, `${name}.log`));
	return isSessionUri(uri) ? [join(sessionPlace(), driver, 'log', `${name}.log`)] : ofSystem;
}

/** A daemon of ours has its state beside the directory of its sockets. */
function ownPlace(uri: string): string[] {
	const socket = /[?&]socket=([^&]*)/.exec(uri)?.[1];
	return socket === undefined ? [] : [dirname(dirname(decodeURIComponent(socket)))];
}

function sessionPlace(): string {
	return join(baseDirectory('cache', process.env), 'libvirt');
}

function firstThere(paths: readonly string[]): string | undefined {
	return paths.find((path) => existsSync(path));
}

function hintAt(path: string, told: string): string {
	const line = findTellingLine(readTail(path), told);
	return line === undefined ? `Look at ${safeText(path)}` : `The last fault in ${safeText(path)}: ${safeText(line)}`;
}

/** The last line that tells of a fault, without who wrote it where; else the last one. Earlier starts of a domain do not count. */
export function findTellingLine(text: string, told: string): string | undefined {
	const ofLastStart = text.split(started).at(-1) ?? '';
	const lines = ofLastStart
		.split('\n')
		.map((line) => line.replace(prefix, '').trim())
		// QEMU's command line has a word on each.
		.filter((line) => line !== '' && !/^-|\\$/.test(line) && !usual.test(line) && !told.includes(line) && (told === '' || !line.includes(told)));
	return lines.findLast((line) => /error|fail|cannot|could not|denied|refused|unable|invalid/i.test(line)) ?? lines.at(-1);
}

/** The end of a regular file; nothing of what cannot be read. */
function readTail(path: string): string {
	let descriptor: number | undefined;
	try {
		descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
		const stats = fstatSync(descriptor);
		if (!stats.isFile()) return '';
		const bytes = Buffer.alloc(Math.min(tailBytes, stats.size));
		const length = readSync(descriptor, bytes, 0, bytes.length, stats.size - bytes.length);
		return bytes.toString('utf8', 0, length);
	} catch {
		return '';
	} finally {
		if (descriptor !== undefined) closeSync(descriptor);
	}
}
