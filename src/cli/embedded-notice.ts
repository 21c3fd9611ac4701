/** What is said when a libvirtd of our own was started; `unloaded`: the driver that the host's libvirtd lacks. */
export function embeddedNotice(unloaded: 'lxc' | 'qemu' | undefined): {readonly message: string; readonly hint?: string} {
	const started = 'one of our own was started, which ends 2 minutes after its last sandbox';
	if (unloaded === undefined) return {message: `No libvirtd runs on this host: ${started}`};
	return {
		message: `The host’s libvirtd has not loaded its driver ${unloaded}, which was installed later: ${started}`,
		hint: 'It loads it when it is restarted: systemctl restart libvirtd',
	};
}
