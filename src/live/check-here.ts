import {readFileSync} from 'node:fs';
import {checkDomain} from '../backend/xml/check-domain.ts';
import {openChecker, type Checker} from '../backend/xml/schema/check-document.ts';
import {compileSchema, type Schema} from '../backend/xml/schema/compile-schema.ts';
import type {DocumentFaults} from '../commands/sandboxes.ts';
import {ShellError} from '../core/errors.ts';
import {systemReason} from '../core/system-reason.ts';
import {openDocumentHost} from './document-host.ts';

/** Where the packages of libvirt, and a build of one's own, have the schema of domains. */
const schemaFiles = ['/usr/share/libvirt/schemas/domain.rng', '/usr/local/share/libvirt/schemas/domain.rng'];

/** Patterns that a checker may have learnt before it is opened anew. */
const mostPatterns = 200_000;

export interface Question {
	readonly text: string;
	/** It is for this host, which is looked at. */
	readonly isOfHere: boolean;
}

interface Opened {
	readonly checker: Checker;
	readonly lacking: string | undefined;
}

/** Checks domains' documents by the rules of XML, this host's schema of libvirt and our rules. */
export function createCheckHere(): (question: Question) => Promise<DocumentFaults> {
	let kept: Opened | undefined;
	return async ({text, isOfHere}) => {
		if (kept === undefined || kept.checker.size > mostPatterns) kept = open();
		const {checker, lacking} = kept;
		return {faults: await checkDomain(text, checker, isOfHere ? openDocumentHost() : undefined), lacking};
	};
}

function open(): Opened {
	let reason = '';
	for (const file of schemaFiles) {
		try {
			return {checker: openChecker(loadSchema(file)), lacking: undefined};
		} catch (error) {
			reason ||= error instanceof ShellError ? error.message : `The schema of libvirt cannot be read: ${file}: ${systemReason(error)}`;
		}
	}
	return {checker: openChecker(undefined), lacking: reason};
}

function loadSchema(file: string): Schema {
	return compileSchema(file, (path) => readFileSync(path, 'utf8'));
}
