import {describeLostWrites} from '../backend/session/lost-writes.ts';
import {ShellError} from '../core/errors.ts';
import {defineCommand, option, optional} from './command.ts';
import {seconds} from './kinds.ts';
import {outOfMemoryNotice} from './out-of-memory-notice.ts';
import {runningName} from './names.ts';
import {callingFor, runningNameOf} from './running.ts';
import {collectNotices} from './voice.ts';

export const wait = defineCommand({
	name: 'wait',
	group: 'life',
	summary: 'Wait until a sandbox has ended',
	description:
		'Prints the status of its command where that is known, and succeeds whatever that is. With --timeout it fails when the sandbox still runs by then.',
	params: {
		name: optional(runningName, 'the sandbox; left out: the current one'),
		timeout: option(seconds, 'how long to wait at most'),
	},
	examples: [
		['wait web', 'waits for the end of web'],
		['wait web --timeout 60', 'for a minute at most'],
	],
	async *run({name, timeout}, context) {
		const target = runningNameOf(context, name);
		const calling = callingFor(context, target);
		const late = timeout === undefined ? undefined : AbortSignal.timeout(timeout);
		try {
			const notices = collectNotices();
			const signal = late === undefined ? calling.signal : AbortSignal.any([calling.signal, late]);
			const end = yield* notices.during(context.sandboxes.wait(target, {...calling, signal, voice: notices.voice}));
			if (end?.outOfMemory !== undefined) yield outOfMemoryNotice(end.status, end.outOfMemory);
			if (end?.isLost === true) yield {kind: 'notice', level: 'warning', code: 'lost-writes', ...describeLostWrites(target)};
			yield {kind: 'record', type: 'end', fields: {name: target, status: end?.status ?? null}};
		} catch (error) {
			if (late?.aborted === true && !calling.signal.aborted) {
				throw new ShellError('failed', `Sandbox '${target}' still runs after ${(timeout ?? 0) / 1000} s`, {cause: error});
			}
			throw error;
		}
	},
});
