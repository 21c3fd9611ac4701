import {parseGuestPath} from '../spec/paths.ts';
import {defineCommand, rest, type Kind} from './command.ts';
import {editDefinition} from './edit-definition.ts';
import {withoutItem} from './list-key.ts';

const target: Kind<string> = {
	placeholder: 'TARGET',
	parse: (text) => parseGuestPath(text, 'mount target'),
	complete: (_prefix, {spec}) => (spec?.mounts ?? []).map(({target: text, type}) => ({text, description: type})),
};

export const umount = defineCommand({
	name: 'umount',
	group: 'parts',
	summary: 'Take mounts out of the definition',
	params: {targets: rest(target, 'where it is mounted', {least: 1})},
	examples: [['new web; mount ram:/scratch=64M; umount /scratch', 'nothing is mounted on /scratch any more']],
	async *run({targets}, context) {
		yield* editDefinition(context, (spec) => ({
			...spec,
			mounts: targets.reduce((list, each) => withoutItem(list, each, (item) => item.target, 'mount on'), spec.mounts),
		}));
	},
});
