import {readFileSync} from 'node:fs';
import {checkDomain} from '../../src/backend/xml/check-domain.ts';
import {placesIn} from '../../src/backend/xml/scan/places.ts';
import {openLibvirtChecker, readBrokenDomains} from './broken-domains.ts';
import {hostWith, isFile} from './document-host.ts';

/** What others say of a document, as it was seen. */
interface Said {
	readonly id: string;
	readonly culprit: string;
	readonly cure: string;
	readonly kind: string;
	readonly driver: string;
	readonly virsh_says: string | null;
	readonly virsh_names_culprit: boolean;
	readonly virt_xml_validate: 'passed' | 'refused';
	readonly virt_xml_validate_names_culprit: boolean;
}

const kinds: Readonly<Record<string, string>> = {
	syntax: 'no XML',
	schema: 'against the schema',
	'semantic-define': 'the driver refuses it',
	'semantic-start': 'its start fails',
	silent: 'means something else',
};

/** The table of docs/faulty-xml.md. */
export async function drawFaults(): Promise<string> {
	const said = JSON.parse(readFileSync('test/fixtures/broken-domains/expect.json', 'utf8')) as Said[];
	const checker = openLibvirtChecker();
	const files = isFile(readBrokenDomains().flatMap(({needs}) => needs));
	const documents = new Map(readBrokenDomains().map((each) => [each.id, each]));
	const counts = {virsh: 0, validator: 0, ours: 0};
	const rows = await Promise.all(
		said.map(async ({id, driver, kind, culprit, ...others}) => {
			const document = documents.get(id);
			const [fault] = document === undefined ? [] : await checkDomain(document.text, checker, hostWith(files));
			const line = fault && placesIn(document?.text ?? '')(fault.start).line;
			const isRight = line !== undefined && document?.lines.includes(line) === true;
			counts.virsh += others.virsh_names_culprit ? 1 : 0;
			counts.validator += others.virt_xml_validate_names_culprit ? 1 : 0;
			counts.ours += isRight ? 1 : 0;
			const virsh = others.virsh_says === null ? 'takes it' : others.virsh_names_culprit ? 'names it' : 'refuses it';
			const validator = others.virt_xml_validate === 'passed' ? 'takes it' : others.virt_xml_validate_names_culprit ? 'names it' : 'refuses it';
			const words = (text: string): string => text.replaceAll('|', '\\|').replaceAll('`', "'");
			return `| ${id} | ${driver} | ${kinds[kind] ?? kind} | \`${words(culprit)}\` | ${virsh} | ${validator} | ${isRight ? `line ${line}: ${words(fault?.message ?? '').replaceAll(/[<*_]/g, '\\$&')}` : 'not found'} |`;
		}),
	);
	return [
		`| | for | fault | culprit | \`virsh define --validate\` | \`virt-xml-validate\` | \`validate\` |`,
		'|---|---|---|---|---|---|---|',
		...rows,
		'',
		`Of ${said.length} virsh names the culprit in ${counts.virsh}, virt-xml-validate in ${counts.validator}; \`validate\` has the first line right in ${counts.ours}.`,
		'',
	].join('\n');
}
