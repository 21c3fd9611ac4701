import {ShellError} from '../core/errors.ts';
import {tableOf} from '../core/output.ts';
import {defineCommand} from './command.ts';
import {assertWritable, callingFor} from './running.ts';
import {collectNotices} from './voice.ts';

export const clean = defineCommand({
	name: 'clean',
	group: 'host',
	summary: 'Remove what sandboxes left whose owner is gone',
	description: 'Domains, state directories and temporary directories of programs that were killed. Kept sandboxes stay.',
	params: {},
	examples: [['clean', 'removes leftovers and lists them']],
	async *run(_args, context) {
		assertWritable(context);
		const notices = collectNotices();
		const cleaned = yield* notices.during(context.sandboxes.clean({...callingFor(context), voice: notices.voice}));
		if (cleaned.length === 0 && context.output === 'text') {
			yield {kind: 'notice', level: 'info', code: 'clean', message: 'There is nothing to remove'};
			return;
		}
		yield tableOf(['id', 'name', 'result', 'reason'], cleaned);
		const failed = cleaned.filter(({result}) => result === 'failed');
		if (failed.length > 0) {
			throw new ShellError('failed', `${failed.length} of ${cleaned.length} leftovers could not be removed`);
		}
	},
});
