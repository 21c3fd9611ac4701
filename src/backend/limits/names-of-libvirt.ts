/** As many bytes a name of a machine has for systemd (libvirt, `virDomainMachineNameAppendValid`). */
const longestMachineName = 64;

/** What libvirt calls a domain where systemd may hear it, as in the names of cgroups; its id is the pid of a container's controller. */
export function machineName(driver: 'lxc' | 'qemu', id: number, name: string): string {
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
