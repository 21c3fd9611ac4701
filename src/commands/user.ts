import {singleKeyCommand} from './single-key.ts';

export const user = singleKeyCommand({
	name: 'user',
	key: 'user',
	summary: 'Choose whom the command runs as, or show the choice',
	description: 'caller is who started this program; root stays root in the sandbox; else a name, a number or UID:GID.',
	help: 'the choice; left out: shows it',
	examples: [
		['new web; user nobody', 'the command runs as nobody'],
		['new web; user 1000:1000', 'the command runs with these ids'],
	],
});
