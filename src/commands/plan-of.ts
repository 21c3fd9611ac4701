import type {Plan} from '../backend/types.ts';
import type {CommandContext} from './context.ts';

/** What a start of a definition (undefined: the current one) would do. A definition without a command gets a shell for it. */
export async function planOf({session, sandboxes, signal}: CommandContext, name: string | undefined): Promise<Plan> {
	const {spec} = session.definition(name);
	const uri = spec.uri ?? session.uri;
	return sandboxes.plan({...spec, command: spec.command.length === 0 ? ['/bin/sh'] : spec.command}, {uri, signal});
}
