/** As many bytes a name of a machine has for systemd (libvirt, `virDomainMachineNameAppendValid`). */
const longestMachineName = 64;
/** The most of a domain's name that libvirt takes into the name of a directory (`VIR_DOMAIN_SHORT_NAME_MAX`). */
const longestShortName = 20;

/** What libvirt calls a domain where systemd may hear it, as in the names of cgroups; its id is the pid of a container's controller. */
export function machineName(driver: 'lxc' | 'qemu', id: number | string, name: string): string {
	let text = `${driver}-${id}-`;
	let afterMark = true;
	for (const character of name) {
		if (text.length === longestMachineName) break;
		const isMark = character === '-' || character === '.';
		if (isMark ? afterMark : !/[0-9a-z]/i.test(character)) continue;
		text += character;
		afterMark = isMark;
	}
	return text.replace(/[-.]+$/, '');
}

/** What a directory of libvirt's may have of a domain's name: characters, or bytes where libvirtd has no locale. */
export function shortNames(name: string): readonly string[] {
	return [[...name].slice(0, longestShortName).join(''), Buffer.from(name).subarray(0, longestShortName).toString()];
}

/** Whether a directory of libvirt's for this name may be another domain's, whose name begins alike. */
export function isShortened(name: string): boolean {
	return Buffer.byteLength(name) >= longestShortName;
}
