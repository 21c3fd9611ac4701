/** What domains of a type differ in, as far as labels go. */
export interface LabelTraits {
	/** The file of the SELinux policy that has the label of their files. */
	readonly contexts: 'lxc_contexts' | 'virtual_image_context';
	/** Whether libvirt runs them under an AppArmor profile that a person names. Libvirt 11.3's LXC driver enters libvirt-UUID, which it has not written then: the container dies at once. */
	readonly takesProfiles: boolean;
	/** Whether a domain's id is the pid of the process whose child is the guest's first one. */
	readonly idIsPid: boolean;
}

const machine: LabelTraits = {contexts: 'virtual_image_context', takesProfiles: true, idIsPid: false};
const traits: Readonly<Record<string, LabelTraits>> = {lxc: {contexts: 'lxc_contexts', takesProfiles: false, idIsPid: true}, kvm: machine, qemu: machine};

/** The traits of a domain type (`lxc`, `kvm`, `qemu`). */
export function labelTraits(domainType: string): LabelTraits {
	return traits[domainType] ?? machine;
}
