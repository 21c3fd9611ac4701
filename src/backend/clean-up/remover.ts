import {closeInherited} from '../host/close-inherited.ts';
import {describeError, type OwnerLine} from '../session/control-line.ts';
import {removeHere} from './leftover-files.ts';
import {goesOn, type RemoverOrder} from './remove-apart.ts';

const wordMs = 1000;

/** The process that removeApart begins: removes what it is told to, says each second that it is not held up, and at last how that went. Gives its exit status. */
export async function runRemover(order: string): Promise<number> {
	// It may be left behind, and keep nothing of its caller's open.
	closeInherited();
	const say = (line: OwnerLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
	// Nobody may listen any more; that shall not end it.
	process.stdout.on('error', () => undefined);
	const abort = new AbortController();
	process.on('SIGTERM', () => abort.abort());
	for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
	say(goesOn);
	const telling = setInterval(() => say(goesOn), wordMs);
	try {
		const {mostVainMs, ...files} = JSON.parse(order) as RemoverOrder;
		await removeHere(files, {signal: abort.signal, ...(mostVainMs !== undefined && {mostVainMs})});
		say({tell: 'done'});
		return 0;
	} catch (error) {
		say(describeError(error));
		return 1;
	} finally {
		clearInterval(telling);
	}
}
