import {lstatSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Findings, Probe} from '../probe.ts';

function findNodes(directory: string): Findings {
	return readdirSync(directory).flatMap((name) => {
		const stats = lstatSync(join(directory, name));
		return stats.isBlockDevice() || stats.isCharacterDevice() ? [`${name} is a device on the host`] : [];
	});
}

/** Devices. */
export const deviceProbes: readonly Probe[] = [
	{
		id: 'device-nodes',
		wall: 'No device node that opens anything can be made, neither in memory nor in a writable directory of the host',
		script: `for type in 'b 8 0' 'b 254 0' 'c 1 1' 'c 10 229'; do
				name=device-$(echo $type | tr ' ' -)
				mknod $MINE/$name $type 2>/dev/null && echo "open: made $type in a directory of the host"
				mknod /tmp/$name $type 2>/dev/null && echo "open: made $type in /tmp" && rm -f /tmp/$name
			done; echo held`,
		set: ({directory}) => ({look: () => findNodes(directory)}),
	},
	{
		id: 'disks',
		wall: 'The disks are not there, nor the memory of the host and its log',
		script: `find /dev -type b 2>/dev/null | sed 's/^/open: there is /'
			for file in /dev/mem /dev/port /dev/vda /dev/sda /dev/nvme0n1; do
				[ -n "$(head -c 1 $file 2>/dev/null | od -An -tx1)" ] && echo "open: read $file"
			done
			timeout 2 head -c 1 /dev/kmsg 2>/dev/null | grep -q . && echo 'open: read /dev/kmsg'
			echo held`,
	},
	{
		id: 'device-files',
		wall: 'No device that leads into the kernel opens, nor is one there by which a machine talks to the host',
		script: `for file in /dev/kmsg /dev/mem /dev/kvm /dev/fuse /dev/net/tun /dev/loop-control /dev/loop0 /dev/nbd0 /dev/vhost-net /dev/vhost-vsock /dev/userfaultfd /dev/udmabuf /dev/snapshot /dev/vsock /dev/uinput /dev/cuse; do
				[ -e $file ] && perl -e 'print "open: $ARGV[0]\\n" if sysopen(my $f, $ARGV[0], 2 | 2048)' $file
			done
			for file in /dev/vport* /dev/hvc* /dev/ttyS*; do
				[ -e $file ] && echo "open: there is $file"
			done
			echo held`,
	},
	{
		id: 'setcap',
		wall: "No capability is given to a file of the host's directories",
		script: `cp /bin/true $MINE/program 2>/dev/null || cp /bin/busybox $MINE/program
			perl -e 'my ($file, $name, $value) = ($ARGV[0], "security.capability", pack("I5", 0x02000001, 0xffffffff, 0, 0xffffffff, 0));
				print "open: the file has capabilities\\n" if syscall(188, $file, $name, $value, 20, 0) == 0' $MINE/program
			echo held`,
	},
	{
		id: 'terminal-input',
		wall: 'Nothing is typed into the terminal of the host',
		terminal: true,
		script: `perl -e 'open(my $tty, "+<", "/dev/tty") or open($tty, "<&", 0); for my $letter (split //, "typed\\n") { ioctl($tty, 0x5412, $letter) }'
			echo held`,
	},
];
