import {defineCommand, flag} from '../../commands/command.ts';
import {closePane, openPane, type OpenPanes} from '../panes/pane-state.ts';

/** `top`: what running sandboxes use, refreshed while its pane is open. */
export function createTopCommand({update}: Pick<OpenPanes, 'update'>) {
	return defineCommand({
		name: 'top',
		group: 'look',
		summary: 'Show what running sandboxes use, as it changes',
		description: "A pane with the figures of 'stats', anew every two seconds while it is open.",
		params: {close: flag('close it'), right: flag('on the right'), zoom: flag('on the whole screen')},
		examples: [['top', 'shows CPU, memory and traffic of all']],
		async *run({close, right, zoom}) {
			update((panes) => (close ? closePane(panes, 'top') : openPane(panes, 'top', {side: right ? 'right' : 'below', zoom})));
		},
	});
}
