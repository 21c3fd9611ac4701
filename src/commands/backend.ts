import {singleKeyCommand} from './single-key.ts';

export const backend = singleKeyCommand({
	name: 'backend',
	key: 'backend',
	summary: 'Choose container, machine or xen, or show the choice',
	description:
		"A container shares the host's kernel, through libvirt's LXC driver; a machine boots one of its own in QEMU. Of a guest of Xen only the XML is made.",
	help: 'the choice; left out: shows it',
	examples: [
		['new web; backend machine', 'web is a virtual machine'],
		['new web; backend default', 'what the connection hosts'],
	],
});
