import {readSpecWords, writeSpecWords} from '../../spec/spec-words.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import type {ProcessIdentity} from '../host/process-identity.ts';
import {childElements, element, findElement, textOf, type Element} from '../xml/element.ts';

/** The namespace of our elements in a domain's `<metadata>`. */
export const metadataUri = 'https://virt-sandbox.org/schema/1';
/** The prefix that we declare for it. */
const metadataPrefix = 'sandbox';
/** Raised when a reader of the old form would misread the new one. */
const metadataVersion = 1;

/** What a sandbox's domain says of itself, for processes that meet it later. */
export interface SandboxMetadata {
	readonly spec: SandboxSpec;
	/** The state directory's name. */
	readonly id: string;
	readonly stateDirectory: string;
	readonly owner: ProcessIdentity;
	/** The pid namespace that the owner's pid is of. Empty where an older version of this program wrote it, which did not tell. */
	readonly namespace: string;
}

/** Metadata as it was read: environment values are never in it. */
interface ReadMetadata extends Omit<SandboxMetadata, 'spec'> {
	readonly version: number;
	/** Undefined when a newer version of this program wrote it. */
	readonly spec: SandboxSpec | undefined;
	readonly environmentNames: readonly string[];
}

/** JSON with nothing in it that XML, or a terminal that shows the XML, stumbles over. */
function toAsciiJson(value: unknown): string {
	return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The `<metadata>` element; the names of the environment are kept, its values are not. */
export function makeMetadata(metadata: SandboxMetadata): Element {
	const {environment} = metadata.spec;
	return element(
		'metadata',
		{},
		[
			element(`${metadataPrefix}:sandbox`, {[`xmlns:${metadataPrefix}`]: metadataUri, version: metadataVersion, id: metadata.id}, [
				element(`${metadataPrefix}:owner`, {pid: metadata.owner.pid, started: metadata.owner.startTime, namespace: metadata.namespace}),
				element(`${metadataPrefix}:state`, {directory: metadata.stateDirectory}),
				element(`${metadataPrefix}:spec`, {}, [
					toAsciiJson({environment: Object.keys(environment), spec: writeSpecWords({...metadata.spec, environment: {}})}),
				]),
			]),
		],
		{kind: 'backend', text: 'what later processes know the sandbox by'},
	);
}

/** Reads what `makeMetadata` wrote from a `<domain>` or our own element alone; undefined for a domain that is none of ours. */
export function readMetadata(root: Element): ReadMetadata | undefined {
	const ours = root.name.endsWith(':sandbox') || root.name === 'sandbox' ? root : findOurs(root);
	if (ours === undefined) return undefined;
	const part = (name: string): Element | undefined => childElements(ours).find((child) => localName(child.name) === name);
	const version = Number(ours.attributes['version']);
	const pid = Number(part('owner')?.attributes['pid']);
	const startTime = part('owner')?.attributes['started'];
	const stateDirectory = part('state')?.attributes['directory'];
	const namespace = part('owner')?.attributes['namespace'] ?? '';
	const {id} = ours.attributes;
	if (!Number.isSafeInteger(version) || !Number.isSafeInteger(pid) || startTime === undefined || stateDirectory === undefined || id === undefined) {
		return undefined;
	}
	const {spec, environmentNames} = readSpec(version, textOf(part('spec')));
	return {version, spec, environmentNames, id, stateDirectory, owner: {pid, startTime}, namespace};
}

function localName(name: string): string {
	return name.slice(name.indexOf(':') + 1);
}

function findOurs(root: Element): Element | undefined {
	const metadata = findElement(root, 'metadata');
	if (metadata === undefined) return undefined;
	const namesOurs = ([name, value]: readonly [string, string]): boolean => name.startsWith('xmlns') && value === metadataUri;
	return childElements(metadata).find(({name, attributes}) => localName(name) === 'sandbox' && Object.entries(attributes).some(namesOurs));
}

function readSpec(version: number, text: string): {spec: SandboxSpec | undefined; environmentNames: string[]} {
	if (version !== metadataVersion) return {spec: undefined, environmentNames: []};
	try {
		const parsed: unknown = JSON.parse(text);
		if (typeof parsed === 'object' && parsed !== null && 'spec' in parsed && 'environment' in parsed) {
			const environmentNames = Array.isArray(parsed.environment) ? parsed.environment.filter((name) => typeof name === 'string') : [];
			return {spec: readSpecWords(parsed.spec), environmentNames};
		}
	} catch {
		// A domain that another program marked as ours, or a cut text: known, but not what it was.
	}
	return {spec: undefined, environmentNames: []};
}
