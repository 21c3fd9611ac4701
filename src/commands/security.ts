import {singleKeyCommand} from './single-key.ts';

export const security = singleKeyCommand({
	name: 'security',
	key: 'security',
	summary: 'Choose the security label, or show the choice',
	description: 'OPTIONS: dynamic, static, inherit or none; then model=selinux|apparmor|dac, relabel=yes|no, and last label=LABEL, which may hold commas.',
	help: 'the choice; left out: shows it',
	examples: [
		['new web; security dynamic', 'a label of its own, chosen by libvirt'],
		['new web; security static,relabel=no,label=system_u:system_r:svirt_lxc_net_t:s0:c1,c2', 'this label'],
		['new web; security', 'shows the choice'],
	],
});
