import {isLocalUri} from '../backend/host/libvirtd/local-uri.ts';
import {errorCodes, LibvirtError, openConnection, procedures, type Connection} from '../backend/libvirt/index.ts';
import {findRefusedPart, type AskLibvirt} from '../backend/xml/find-refused-part.ts';
import {childrenOf, valueOf} from '../backend/xml/rules/domain-view.ts';
import {takeElement} from '../backend/xml/rules/edits.ts';
import {applyEdits} from '../backend/xml/scan/apply-edits.ts';
import {scanXml} from '../backend/xml/scan/scan-xml.ts';
import type {XmlFault} from '../backend/xml/scan/scanned.ts';
import type {Calling} from '../commands/sandboxes.ts';
import {safeText} from '../core/text.ts';
import type {BackendName} from '../spec/backends.ts';
import type {Connections} from './connections.ts';

/** virErrorNumber of what libvirt says of a document: an internal fault, an argument, XML, its details, what is not supported, the schema. */
const verdicts: ReadonlySet<number> = new Set([1, 8, 27, 35, 67, 92]);

/** libvirt answers such a question in milliseconds, but looks at its QEMU first. And all questions about one document. */
const [mostMs, mostOfAllMs] = [10_000, 15_000];

/** Faults of the moment, which libvirt calls internal as well. */
const passing = /\b(?:binary|monitor|probe|process|hugetlbfs|numad|timed out|unable to)\b/i;

/** Of the types of domains. */
const backends: ReadonlyMap<string | undefined, BackendName> = new Map([
	['lxc', 'container'],
	['qemu', 'machine'],
	['kvm', 'machine'],
]);

/** Without these libvirt refuses a document that is right, and nobody has to be asked. */
const lacks: ReadonlySet<string | undefined> = new Set(['tpm-program-missing', 'boot-file-missing']);

/** What libvirt itself refuses of a document in which nothing else is wrong. Nothing is begun and nothing kept; undefined: it refuses none, or cannot be asked. */
export async function askLibvirt(
	text: string,
	faults: readonly XmlFault[],
	{connections, ...calling}: Calling & {readonly connections: Connections},
): Promise<XmlFault | undefined> {
	const {root} = scanXml(text);
	const backend = backends.get(valueOf(root, 'type'));
	// libvirt 11.3 may read what it has freed of such interfaces.
	if (childrenOf(root, 'devices/interface').some((each) => valueOf(each, 'type') === 'hostdev')) return undefined;
	if (backend === undefined || faults.some(({level = 'error', rule}) => level === 'error' || lacks.has(rule))) return undefined;
	try {
		const signal = AbortSignal.any([calling.signal, AbortSignal.timeout(mostOfAllMs)]);
		return await connections.use({...calling, backend}, (connection, uri) => askDrivers(text, {connection, uri, signal}));
	} catch (error) {
		if (calling.signal.aborted) throw error;
		// No daemon, or one that only lets look.
		return undefined;
	}
}

interface Asked {
	readonly connection: Connection;
	readonly uri: string;
	readonly signal: AbortSignal;
}

async function askDrivers(text: string, {connection, uri, signal}: Asked): Promise<XmlFault | undefined> {
	const options = {signal, timeoutMs: mostMs};
	if (/^qemu\b/.test(uri)) {
		// As it makes a command line of the document.
		return findRefusedPart(text, (each) => wordOf(connection.call(procedures.xmlToNative, ['qemu-argv', withoutPrograms(each), 0], options)));
	}
	if (!isLocalUri(uri)) return undefined;
	// Its domains are those of this connection alone.
	const test = await openConnection(`test:///default${/\?.*$/.exec(uri)?.[0] ?? ''}`, options);
	try {
		const ask: AskLibvirt = (each) =>
			wordOf(test.call(procedures.defineXml, [each], options).then((domain) => test.call(procedures.undefine, [domain], options)));
		return await findRefusedPart(text, ask);
	} finally {
		await test.close();
	}
}

/** libvirt would run the emulator that a document names, to ask what it can: it takes the host's own. */
function withoutPrograms(text: string): string {
	const emulators = childrenOf(scanXml(text).root, 'devices/emulator');
	return applyEdits(text, emulators.flatMap(takeElement));
}

async function wordOf(asked: Promise<unknown>): ReturnType<AskLibvirt> {
	try {
		await asked;
		return undefined;
	} catch (error) {
		if (!(error instanceof LibvirtError)) throw error;
		return {text: safeText(error.text), isVerdict: verdicts.has(error.code) && !(error.code === errorCodes.internal && passing.test(error.text))};
	}
}
