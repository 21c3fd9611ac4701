import type {Sandboxes} from '../../commands/sandboxes.ts';
import type {Definition, Session} from '../../commands/session.ts';
import {safeText} from '../../core/text.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import type {Theme} from '../draw/theme.ts';
import {markChanges} from './mark-changes.ts';

/** The domain XML of the current definition as rows; lines that differ from what was saved or started are marked. */
export interface XmlView {
	/** The definition's. */
	readonly name: string | undefined;
	readonly title: string;
	readonly rows: readonly string[];
	/** The first marked row; undefined: none is. */
	readonly firstChange: number | undefined;
}

interface XmlViewOptions {
	readonly session: Session;
	readonly sandboxes: Pick<Sandboxes, 'plan'>;
	readonly theme: Theme;
	readonly signal: AbortSignal;
}

/** Makes the view anew where the definition has changed since the last one. */
export function createXmlViewer({session, sandboxes, theme, signal}: XmlViewOptions): () => Promise<XmlView> {
	let last: {readonly definition: Definition | undefined; readonly uri: string | undefined; readonly view: XmlView} | undefined;
	const plan = async (spec: SandboxSpec): Promise<readonly string[]> => {
		const command = spec.command.length === 0 ? ['/bin/sh'] : spec.command;
		const {xml} = await sandboxes.plan({...spec, command}, {uri: spec.uri ?? session.uri, signal});
		return xml.trimEnd().split('\n');
	};

	async function make(definition: Definition | undefined): Promise<XmlView> {
		if (definition === undefined) {
			return {name: undefined, title: 'XML', rows: [theme.quiet("No sandbox is current: 'new NAME' makes one")], firstChange: undefined};
		}
		const {name, spec, baseline} = definition;
		try {
			const now = await plan(spec);
			const before = spec === baseline ? now : await plan(baseline);
			const marks = markChanges(before, now);
			const rows = now.map((line, index) => (marks[index] === true ? theme.good(`+ ${safeText(line)}`) : `  ${safeText(line)}`));
			const count = marks.filter(Boolean).length;
			const firstChange = marks.indexOf(true);
			return {
				name,
				title: `XML ${safeText(name)}${count === 0 ? '' : ` (${count === 1 ? '1 line' : `${count} lines`} changed)`}`,
				rows,
				firstChange: firstChange === -1 ? undefined : firstChange,
			};
		} catch (error) {
			return {
				name,
				title: `XML ${safeText(name)}`,
				rows: [theme.bad(safeText(error instanceof Error ? error.message : String(error)))],
				firstChange: undefined,
			};
		}
	}

	return async () => {
		const definition = session.current;
		if (last === undefined || last.definition !== definition || last.uri !== session.uri) {
			last = {definition, uri: session.uri, view: await make(definition)};
		}
		return last.view;
	};
}
