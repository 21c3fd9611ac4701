/** The profiles that come with the program, as the text of their files. */
export const shippedProfiles: Readonly<Record<string, string>> = {
	shell: `{
	// A shell to look around in: a terminal, and a home of its own that is thrown away.
	"version": 1,
	"sandbox": {
		"command": ["/bin/sh"],
		"tty": true,
		"mounts": ["host-bind:/root=", "ram:/home=64M"]
	}
}
`,
	build: `{
	// For builds: room, CPUs, and no network. Mount the sources and where the result goes yourself.
	"version": 1,
	"include": ["offline"],
	"sandbox": {
		"memory": "2G",
		"vcpus": 2,
		"mounts": ["ram:/tmp=1G"]
	}
}
`,
	'net-client': `{
	// Programs that talk to the network: one interface on libvirt's default network, with DHCP.
	"version": 1,
	"sandbox": {
		"networks": ["dhcp"]
	}
}
`,
	untrusted: `{
	// Programs that you do not trust: an ordinary user, little of everything, and an end.
	"version": 1,
	"include": ["offline"],
	"sandbox": {
		"user": "nobody",
		"memory": "256M",
		"vcpus": 1,
		"cpuQuota": 50,
		"timeout": "600",
		"security": "dynamic",
		"mounts": ["ram:/home=16M", "ram:/root=16M", "ram:/srv=1M", "ram:/mnt=1M"]
	}
}
`,
	offline: `{
	// No network at all, as every sandbox is: said here so that it can be included.
	"version": 1,
	"sandbox": {
		"networks": []
	}
}
`,
};
