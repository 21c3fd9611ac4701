/** What can host a sandbox: the scheme of its URIs in libvirt, and what it is, in a word and in more. */
export const backends = {
	container: {scheme: 'lxc', noun: 'container', help: "a container of libvirt's LXC driver"},
	machine: {scheme: 'qemu', noun: 'machine', help: 'a virtual machine of QEMU'},
	xen: {scheme: 'xen', noun: 'guest of Xen', help: 'a guest of Xen, whose XML alone is made'},
} as const;

export type BackendName = keyof typeof backends;

/** What each is, for people. */
export const backendHelp = Object.fromEntries(Object.entries(backends).map(([name, {help}]) => [name, help])) as Readonly<Record<BackendName, string>>;
