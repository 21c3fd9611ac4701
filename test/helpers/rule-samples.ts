const machine = `<domain type='qemu'>
  <name>web</name>
  <uuid>7c1f5b0a-3f0e-4b3a-9d55-00000b88ba83</uuid>
  <memory unit='MiB'>512</memory>
  <currentMemory unit='MiB'>512</currentMemory>
  <vcpu placement='static'>2</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <cpu mode='maximum'/>
  <clock offset='utc'>
    <timer name='rtc' tickpolicy='catchup'/>
  </clock>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' discard='unmap'/>
      <source file='/var/lib/libvirt/images/web.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:1c:2a:7e'/>
      <source network='default'/>
      <model type='virtio'/>
    </interface>
    <serial type='pty'>
      <target type='isa-serial' port='0'/>
    </serial>
    <console type='pty'>
      <target type='serial' port='0'/>
    </console>
    <input type='keyboard' bus='ps2'/>
    <graphics type='vnc' port='-1' autoport='yes'/>
    <video>
      <model type='virtio' heads='1' primary='yes'/>
    </video>
    <memballoon model='virtio'/>
    <!-- more -->
  </devices>
</domain>
`;

const container = `<domain type='lxc'>
  <name>box</name>
  <memory unit='MiB'>128</memory>
  <vcpu>1</vcpu>
  <os>
    <type>exe</type>
    <init>/bin/sleep</init>
    <initarg>300</initarg>
  </os>
  <features>
    <privnet/>
  </features>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>destroy</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>/usr/lib/libvirt/libvirt_lxc</emulator>
    <filesystem type='mount' accessmode='passthrough'>
      <source dir='/'/>
      <target dir='/'/>
    </filesystem>
    <console type='pty'/>
    <!-- more -->
  </devices>
</domain>
`;

/** A document that is right but for what is changed in it, and the rule that it is against. */
interface RuleSample {
	readonly rule: string;
	readonly of: string;
	readonly changes: ReadonlyArray<readonly [old: string, changed: string]>;
	/** libvirt's QEMU or LXC driver refuses it at once. */
	readonly isRefused?: boolean;
}

/** Where further devices go. */
const more = '<!-- more -->';

export const ruleSamples: readonly RuleSample[] = [
	{rule: 'name-with-slash', of: container, changes: [['<name>box', '<name>a/b']], isRefused: true},
	{rule: 'alias-not-kept', of: machine, changes: [["<memballoon model='virtio'/>", "<memballoon model='virtio'><alias name='balloon7'/></memballoon>"]]},
	{
		rule: 'alias-twice',
		of: machine,
		changes: [
			[
				"<memballoon model='virtio'/>",
				"<memballoon model='virtio'><alias name='ua-x'/></memballoon><rng model='virtio'><backend model='random'>/dev/urandom</backend><alias name='ua-x'/></rng>",
			],
		],
		isRefused: true,
	},
	{rule: 'current-memory-more', of: machine, changes: [["<currentMemory unit='MiB'>512", "<currentMemory unit='MiB'>1024"]]},
	{rule: 'memory-too-small', of: machine, changes: [["<memory unit='MiB'>512", "<memory unit='MiB'>0"]], isRefused: true},
	{rule: 'current-vcpus-more', of: machine, changes: [["<vcpu placement='static'>2", "<vcpu placement='static' current='4'>2"]], isRefused: true},
	{rule: 'pinned-vcpu-missing', of: machine, changes: [['<os>', "<cputune><vcpupin vcpu='2' cpuset='0'/></cputune><os>"]]},
	{
		rule: 'pinned-vcpu-twice',
		of: machine,
		changes: [['<os>', "<cputune><vcpupin vcpu='1' cpuset='0'/><vcpupin vcpu='1' cpuset='1'/></cputune><os>"]],
		isRefused: true,
	},
	{rule: 'iothread-missing', of: machine, changes: [['<os>', "<cputune><iothreadpin iothread='1' cpuset='0'/></cputune><os>"]], isRefused: true},
	{
		rule: 'too-many-vcpus',
		of: machine,
		changes: [
			["<vcpu placement='static'>2", "<vcpu placement='static'>300"],
			["machine='q35'", "machine='pc'"],
		],
		isRefused: true,
	},
	{
		rule: 'disk-target-twice',
		of: machine,
		changes: [[more, "<disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='vda' bus='virtio'/></disk>"]],
		isRefused: true,
	},
	{
		rule: 'share-twice',
		of: machine,
		changes: [
			[
				more,
				"<filesystem type='mount'><source dir='/srv'/><target dir='a'/></filesystem><filesystem type='mount'><source dir='/opt'/><target dir='a'/></filesystem>",
			],
		],
	},
	{
		rule: 'mount-hidden',
		of: container,
		changes: [
			[
				more,
				"<filesystem type='mount'><source dir='/srv'/><target dir='/mnt'/></filesystem><filesystem type='mount'><source dir='/opt'/><target dir='/mnt'/></filesystem>",
			],
		],
	},
	{rule: 'mac-twice', of: machine, changes: [[more, "<interface type='network'><mac address='52:54:00:1c:2a:7e'/><source network='default'/></interface>"]]},
	{rule: 'mac-of-nobody', of: machine, changes: [['52:54:00:1c:2a:7e', '00:00:00:00:00:00']]},
	{rule: 'boot-two-ways', of: machine, changes: [["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><boot order='1'/>"]], isRefused: true},
	{
		rule: 'controller-twice',
		of: machine,
		changes: [[more, "<controller type='virtio-serial' index='1'/><controller type='virtio-serial' index='1'/>"]],
		isRefused: true,
	},
	{
		rule: 'pci-address-twice',
		of: machine,
		changes: [
			[
				"<memballoon model='virtio'/>",
				"<memballoon model='virtio'><address type='pci' domain='0' bus='0' slot='9' function='0'/></memballoon><rng model='virtio'><backend model='random'>/dev/urandom</backend><address type='pci' domain='0x0000' bus='0x00' slot='0x09' function='0x0'/></rng>",
			],
		],
		isRefused: true,
	},
	{
		rule: 'slot-of-root-port',
		of: machine,
		changes: [
			[
				"<memballoon model='virtio'/>",
				"<memballoon model='virtio'><address type='pci' domain='0' bus='2' slot='1' function='0'/></memballoon><controller type='pci' index='1' model='pcie-root-port'/><controller type='pci' index='2' model='pcie-root-port'/>",
			],
		],
		isRefused: true,
	},
	{
		rule: 'pci-address-nowhere',
		of: machine,
		changes: [["<memballoon model='virtio'/>", "<memballoon model='virtio'><address type='pci' domain='1' bus='0' slot='9' function='0'/></memballoon>"]],
		isRefused: true,
	},
	{
		rule: 'drive-address-twice',
		of: machine,
		changes: [
			[
				more,
				"<disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk><disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='sdb' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>",
			],
		],
		isRefused: true,
	},
	{
		rule: 'drive-unit',
		of: machine,
		changes: [
			[
				more,
				"<disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='sda' bus='sata'/><address type='drive' controller='0' bus='0' target='0' unit='6'/></disk>",
			],
		],
	},
	{
		rule: 'address-of-other-bus',
		of: machine,
		changes: [
			[
				more,
				"<disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='sda' bus='sata'/><address type='pci' bus='0' slot='9' function='0'/></disk>",
			],
		],
		isRefused: true,
	},
	{
		rule: 'address-of-other-bus',
		of: machine,
		changes: [
			[
				more,
				"<disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='vdb' bus='virtio'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>",
			],
		],
		isRefused: true,
	},
	{
		rule: 'address-of-other-bus',
		of: machine,
		changes: [
			[
				more,
				"<disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='sdc' bus='usb'/><address type='drive' controller='0' bus='0' target='0' unit='0'/></disk>",
			],
		],
		isRefused: true,
	},
	{rule: 'machine-unknown', of: machine, changes: [["machine='q35'", "machine='q53'"]], isRefused: true},
	{rule: 'machine-unknown', of: machine, changes: [["machine='q35'", "machine='virt'"]], isRefused: true},
	{rule: 'emulator-of-other-arch', of: machine, changes: [["arch='x86_64'", "arch='aarch64'"]], isRefused: true},
	{rule: 'kernel-missing', of: machine, changes: [["<boot dev='hd'/>", '<initrd>/boot/x</initrd>']]},
	{rule: 'kernel-missing', of: machine, changes: [["<boot dev='hd'/>", '<cmdline>console=ttyS0</cmdline>']]},
	{
		rule: 'acpi-missing',
		of: machine,
		changes: [
			['<os>', "<os firmware='efi'>"],
			['<acpi/>', ''],
		],
		isRefused: true,
	},
	{rule: 'flash-writable', of: machine, changes: [['<boot dev', "<loader type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><boot dev"]]},
	{
		rule: 'nvram-without-loader',
		of: machine,
		changes: [['<boot dev', "<loader readonly='yes' type='rom'>/usr/share/seabios/bios.bin</loader><nvram>/tmp/x</nvram><boot dev"]],
	},
	{rule: 'nvram-without-loader', of: machine, changes: [['<boot dev', '<nvram>/tmp/x</nvram><boot dev']], isRefused: true},
	{
		rule: 'secure-boot-needs',
		of: machine,
		changes: [
			["machine='q35'", "machine='pc'"],
			['<boot dev', "<loader readonly='yes' secure='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><boot dev"],
			['<acpi/>', "<acpi/><smm state='on'/>"],
		],
		isRefused: true,
	},
	{rule: 'container-device-refused', of: container, changes: [[more, "<input type='keyboard' bus='usb'/>"]], isRefused: true},
	{rule: 'container-device-refused', of: container, changes: [[more, "<input type='keyboard' bus='ps2'/>"]], isRefused: true},
	{rule: 'container-device-refused', of: container, changes: [[more, "<graphics type='vnc' port='-1'/>"]], isRefused: true},
	{rule: 'container-device-refused', of: container, changes: [[more, "<graphics type='sdl'/>"]], isRefused: true},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<video><model type='vga'/></video>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<sound model='ac97'/>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<watchdog model='i6300esb'/>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<memballoon model='virtio'/>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<panic model='isa'/>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<vsock model='virtio'><cid auto='yes'/></vsock>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<serial type='pty'/>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<channel type='unix'><target type='virtio' name='a'/></channel>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<parallel type='pty'/>"]]},
	{rule: 'container-device-refused', of: container, changes: [[more, "<redirdev bus='usb' type='spicevmc'/>"]], isRefused: true},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<smartcard mode='host'/>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<shmem name='a'><size unit='M'>4</size></shmem>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<iommu model='intel'/>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<controller type='scsi' index='0'/>"]]},
	{rule: 'container-device-without-effect', of: container, changes: [[more, "<hub type='usb'/>"]]},
	{rule: 'container-console', of: container, changes: [["<console type='pty'/>", "<console type='stdio'/>"]]},
	{rule: 'init-with-arguments', of: container, changes: [['<init>/bin/sleep</init>', '']], isRefused: true},
	{rule: 'init-with-arguments', of: container, changes: [['<init>/bin/sleep</init>', '<init>/bin/sleep 300</init>']]},
	{rule: 'container-processor', of: container, changes: [['<os>', "<cpu mode='host-model'/><os>"]]},
	{rule: 'container-feature', of: container, changes: [['<privnet/>', '<privnet/><acpi/><apic/><pae/>']]},
	{rule: 'container-feature', of: container, changes: [['<privnet/>', "<privnet/><hyperv><relaxed state='on'/></hyperv>"]]},
	{
		rule: 'ids-unmapped',
		of: container,
		changes: [['<features>', "<idmap><uid start='0' target='100000' count='65536'/></idmap><features>"]],
		isRefused: true,
	},
	{
		rule: 'ids-unmapped',
		of: container,
		changes: [
			[
				'<features>',
				"<idmap><uid start='0' target='100000' count='65536'/><uid start='1000' target='300000' count='10'/><gid start='0' target='100000' count='65536'/></idmap><features>",
			],
		],
	},
	{
		rule: 'ids-unmapped',
		of: container,
		changes: [['<features>', "<idmap><uid start='0' target='100000' count='0'/><gid start='0' target='100000' count='65536'/></idmap><features>"]],
	},
	{rule: 'mount-not-absolute', of: container, changes: [[more, "<filesystem type='mount'><source dir='/srv'/><target dir='mnt'/></filesystem>"]]},
	{rule: 'container-mount-type', of: container, changes: [[more, "<filesystem type='template'><source name='x'/><target dir='/mnt'/></filesystem>"]]},
	{
		rule: 'container-access-mode',
		of: container,
		changes: [[more, "<filesystem type='mount' accessmode='mapped'><source dir='/srv'/><target dir='/mnt'/></filesystem>"]],
	},
	{
		rule: 'container-access-mode',
		of: container,
		changes: [[more, "<filesystem type='mount' accessmode='squash'><source dir='/srv'/><target dir='/mnt'/></filesystem>"]],
	},
	{
		rule: 'driver-of-machine',
		of: container,
		changes: [[more, "<filesystem type='mount'><driver type='handle'/><source dir='/srv'/><target dir='/mnt'/></filesystem>"]],
	},
	{
		rule: 'driver-of-machine',
		of: container,
		changes: [[more, "<filesystem type='mount'><driver type='virtiofs'/><source dir='/srv'/><target dir='/mnt'/></filesystem>"]],
	},
	{
		rule: 'container-mount-type',
		of: container,
		changes: [[more, "<filesystem type='file'><driver type='loop' format='qcow2'/><source file='/srv/x.img'/><target dir='/mnt'/></filesystem>"]],
	},
	{rule: 'ram-too-small', of: container, changes: [[more, "<filesystem type='ram'><source usage='0'/><target dir='/mnt'/></filesystem>"]]},
	{rule: 'root-not-first', of: container, changes: [["<source dir='/'/>\n      <target dir='/'/>", "<source dir='/srv'/><target dir='/srv'/>"]]},
	{rule: 'container-interface-type', of: container, changes: [[more, "<interface type='user'/>"]]},
	{rule: 'container-interface-type', of: container, changes: [[more, "<interface type='server'><source address='127.0.0.1' port='5555'/></interface>"]]},
	{rule: 'interface-of-machine', of: container, changes: [[more, "<interface type='network'><source network='default'/><model type='virtio'/></interface>"]]},
	{
		rule: 'container-interface-type',
		of: container,
		changes: [[more, "<interface type='hostdev'><source><address type='pci' bus='1' slot='0' function='0'/></source></interface>"]],
	},
	{rule: 'interface-of-machine', of: container, changes: [[more, "<interface type='network'><source network='default'/><boot order='1'/></interface>"]]},
	{
		rule: 'interface-name',
		of: container,
		changes: [
			[
				more,
				"<interface type='network'><source network='default'/><guest dev='eth0'/></interface><interface type='network'><source network='default'/><guest dev='eth0'/></interface>",
			],
		],
	},
	{
		rule: 'container-hostdev',
		of: container,
		changes: [[more, "<hostdev mode='subsystem' type='pci'><source><address bus='1' slot='0' function='0'/></source></hostdev>"]],
	},
	{
		rule: 'soft-limit-more',
		of: container,
		changes: [['<vcpu>', "<memtune><hard_limit unit='MiB'>64</hard_limit><soft_limit unit='MiB'>128</soft_limit></memtune><vcpu>"]],
	},
	{rule: 'container-backing', of: container, changes: [['<vcpu>', '<memoryBacking><hugepages/></memoryBacking><vcpu>']]},
	{rule: 'end-not-supported', of: machine, changes: [['<on_reboot>restart', '<on_reboot>preserve']], isRefused: true},
	{
		rule: 'end-not-supported',
		of: machine,
		changes: [
			['<on_poweroff>destroy', '<on_poweroff>restart'],
			['<on_reboot>restart', '<on_reboot>destroy'],
		],
		isRefused: true,
	},
	{rule: 'end-not-supported', of: machine, changes: [['<on_poweroff>destroy', '<on_poweroff>preserve']], isRefused: true},
	{rule: 'end-not-supported', of: machine, changes: [['<on_poweroff>destroy', '<on_poweroff>rename-restart']], isRefused: true},
	{rule: 'host-processor-emulated', of: machine, changes: [["mode='maximum'", "mode='host-passthrough'"]], isRefused: true},
	{
		rule: 'processor-features-without-model',
		of: machine,
		changes: [["<cpu mode='maximum'/>", "<cpu mode='custom'><feature policy='require' name='vmx'/></cpu>"]],
		isRefused: true,
	},
	{
		rule: 'processor-feature-twice',
		of: machine,
		changes: [["<cpu mode='maximum'/>", "<cpu mode='maximum'><feature policy='require' name='vmx'/><feature policy='disable' name='vmx'/></cpu>"]],
		isRefused: true,
	},
	{
		rule: 'processor-features-without-model',
		of: machine,
		changes: [["<cpu mode='maximum'/>", "<cpu><feature policy='require' name='vmx'/></cpu>"]],
		isRefused: true,
	},
	{
		rule: 'node-processors',
		of: machine,
		changes: [["<cpu mode='maximum'/>", "<cpu mode='maximum'><numa><cell id='0' cpus='0-3' memory='524288'/></numa></cpu>"]],
		isRefused: true,
	},
	{
		rule: 'node-processors',
		of: machine,
		changes: [
			[
				"<cpu mode='maximum'/>",
				"<cpu mode='maximum'><numa><cell id='0' cpus='0-1' memory='262144'/><cell id='1' cpus='1' memory='262144'/></numa></cpu>",
			],
		],
		isRefused: true,
	},
	{
		rule: 'node-processors',
		of: machine,
		changes: [
			["<cpu mode='maximum'/>", "<cpu mode='maximum'><numa><cell id='0' cpus='0' memory='262144'/><cell id='0' cpus='1' memory='262144'/></numa></cpu>"],
		],
		isRefused: true,
	},
	{rule: 'removable-disk-bus', of: machine, changes: [[more, "<disk type='file' device='cdrom'><target dev='vdb' bus='virtio'/></disk>"]], isRefused: true},
	{rule: 'removable-disk-bus', of: machine, changes: [[more, "<disk type='file' device='floppy'><target dev='vdb' bus='virtio'/></disk>"]], isRefused: true},
	{
		rule: 'removable-disk-bus',
		of: machine,
		changes: [[more, "<disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='fda' bus='fdc'/></disk>"]],
		isRefused: true,
	},
	{
		rule: 'removable-disk-bus',
		of: machine,
		changes: [[more, "<disk type='block' device='lun'><source dev='/dev/sdz'/><target dev='sda' bus='sata'/></disk>"]],
		isRefused: true,
	},
	{rule: 'disk-source-missing', of: machine, changes: [[more, "<disk type='file' device='disk'><target dev='vdb' bus='virtio'/></disk>"]], isRefused: true},
	{rule: 'disk-shared-format', of: machine, changes: [["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><shareable/>"]], isRefused: true},
	{
		rule: 'disk-read-only',
		of: machine,
		changes: [[more, "<disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='sda' bus='sata'/><readonly/></disk>"]],
		isRefused: true,
	},
	{
		rule: 'disk-read-only',
		of: machine,
		changes: [
			[more, "<disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='hda' bus='ide'/><readonly/></disk>"],
			["machine='q35'", "machine='pc'"],
		],
		isRefused: true,
	},
	{
		rule: 'disk-limits-both',
		of: machine,
		changes: [
			[
				"<target dev='vda' bus='virtio'/>",
				"<target dev='vda' bus='virtio'/><iotune><total_bytes_sec>1000</total_bytes_sec><total_bytes_sec_max>100</total_bytes_sec_max></iotune>",
			],
		],
	},
	{rule: 'native-io-cached', of: machine, changes: [["discard='unmap'", "io='native'"]], isRefused: true},
	{rule: 'native-io-cached', of: machine, changes: [["discard='unmap'", "io='native' cache='writeback'"]], isRefused: true},
	{
		rule: 'disk-read-only',
		of: machine,
		changes: [
			["discard='unmap'", "copy_on_read='on'"],
			["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><readonly/>"],
		],
		isRefused: true,
	},
	{
		rule: 'disk-read-only',
		of: machine,
		changes: [[more, "<disk type='file' device='cdrom'><driver name='qemu' type='raw' copy_on_read='on'/><target dev='sda' bus='sata'/></disk>"]],
		isRefused: true,
	},
	{
		rule: 'disk-property-of-other-bus',
		of: machine,
		changes: [
			[
				more,
				"<disk type='file' device='disk'><driver name='qemu' type='raw' queues='4'/><source file='/var/lib/libvirt/images/b.img'/><target dev='sda' bus='sata'/></disk>",
			],
		],
		isRefused: true,
	},
	{rule: 'iothread-missing', of: machine, changes: [["discard='unmap'", "iothread='1'"]], isRefused: true},
	{
		rule: 'disk-property-of-other-bus',
		of: machine,
		changes: [
			['<os>', '<iothreads>1</iothreads><os>'],
			[
				more,
				"<disk type='file' device='disk'><driver name='qemu' type='raw' iothread='1'/><source file='/var/lib/libvirt/images/b.img'/><target dev='sda' bus='sata'/></disk>",
			],
		],
		isRefused: true,
	},
	{rule: 'disk-driver', of: machine, changes: [["name='qemu' type='qcow2'", "name='file' type='qcow2'"]], isRefused: true},
	{rule: 'disk-driver', of: machine, changes: [["name='qemu' type='qcow2'", "name='qemu' type='iso'"]], isRefused: true},
	{
		rule: 'disk-property-of-other-bus',
		of: machine,
		changes: [["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><wwn>0123456789abcdef</wwn>"]],
		isRefused: true,
	},
	{
		rule: 'disk-property-of-other-bus',
		of: machine,
		changes: [["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><vendor>ACME</vendor>"]],
		isRefused: true,
	},
	{
		rule: 'disk-serial-long',
		of: machine,
		changes: [["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><serial>0123456789012345678901234567890</serial>"]],
	},
	{
		rule: 'disk-property-of-other-bus',
		of: machine,
		changes: [["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio' removable='on'/>"]],
		isRefused: true,
	},
	{
		rule: 'disk-property-of-other-bus',
		of: machine,
		changes: [["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio' tray='open'/>"]],
		isRefused: true,
	},
	{
		rule: 'disk-property-of-other-bus',
		of: machine,
		changes: [["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio' rotation_rate='1'/>"]],
		isRefused: true,
	},
	{
		rule: 'disk-read-only',
		of: machine,
		changes: [["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><readonly/><transient/>"]],
		isRefused: true,
	},
	{rule: 'block-size', of: machine, changes: [["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><blockio logical_block_size='1000'/>"]]},
	{
		rule: 'too-many-ide-disks',
		of: machine,
		changes: [
			["machine='q35'", "machine='pc'"],
			[
				more,
				"<disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='hda' bus='ide'/></disk><disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='hdb' bus='ide'/></disk><disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='hdc' bus='ide'/></disk><disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='hdd' bus='ide'/></disk><disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='hde' bus='ide'/></disk>",
			],
		],
		isRefused: true,
	},
	{rule: 'mtu-too-small', of: machine, changes: [["<model type='virtio'/>", "<model type='virtio'/><mtu size='20'/>"]]},
	{rule: 'interface-model', of: machine, changes: [["<model type='virtio'/>", "<model type='e1000x'/>"]]},
	{rule: 'queues-of-other-interface', of: machine, changes: [["<model type='virtio'/>", "<model type='e1000'/><driver queues='4'/>"]]},
	{rule: 'queue-size', of: machine, changes: [["<model type='virtio'/>", "<model type='virtio'/><driver rx_queue_size='1000'/>"]], isRefused: true},
	{rule: 'address-prefix', of: machine, changes: [["<model type='virtio'/>", "<ip address='10.0.0.1' prefix='33'/><model type='virtio'/>"]], isRefused: true},
	{
		rule: 'machine-address',
		of: machine,
		changes: [["<model type='virtio'/>", "<ip address='10.0.0.1' prefix='24'/><model type='virtio'/>"]],
		isRefused: true,
	},
	{
		rule: 'address-prefix',
		of: machine,
		changes: [
			["<interface type='network'>", "<interface type='user'>"],
			["<source network='default'/>", "<ip address='10.0.0.1' family='ipv6' prefix='24'/>"],
		],
		isRefused: true,
	},
	{
		rule: 'machine-address',
		of: machine,
		changes: [
			["<interface type='network'>", "<interface type='user'>"],
			["<source network='default'/>", "<ip address='10.0.0.1' prefix='24'/><ip address='10.0.1.1' prefix='24'/>"],
		],
		isRefused: true,
	},
	{
		rule: 'machine-address',
		of: machine,
		changes: [["<model type='virtio'/>", "<route address='10.0.0.0' prefix='8' gateway='10.0.0.1'/><model type='virtio'/>"]],
		isRefused: true,
	},
	{
		rule: 'bandwidth-floor',
		of: machine,
		changes: [
			["<interface type='network'>", "<interface type='bridge'>"],
			["<source network='default'/>", "<source bridge='br0'/><bandwidth><inbound average='100' floor='50'/></bandwidth>"],
		],
		isRefused: true,
	},
	{
		rule: 'bandwidth-floor',
		of: machine,
		changes: [["<model type='virtio'/>", "<model type='virtio'/><bandwidth><outbound average='100' floor='50'/></bandwidth>"]],
		isRefused: true,
	},
	{
		rule: 'isolated-port-of-no-bridge',
		of: machine,
		changes: [
			["<interface type='network'>", "<interface type='direct'>"],
			["<source network='default'/>", "<source dev='eth0' mode='bridge'/><port isolated='yes'/>"],
		],
		isRefused: true,
	},
	{rule: 'teaming-model', of: machine, changes: [["<model type='virtio'/>", "<model type='e1000'/><teaming type='persistent'/>"]], isRefused: true},
	{rule: 'interface-name', of: machine, changes: [["<model type='virtio'/>", "<target dev='averyveryverylongname0'/><model type='virtio'/>"]]},
	{
		rule: 'interface-name',
		of: machine,
		changes: [
			["<model type='virtio'/>", "<target dev='tapx'/><model type='virtio'/>"],
			[more, "<interface type='network'><source network='default'/><target dev='tapx'/></interface>"],
		],
	},
	{
		rule: 'screen-address',
		of: machine,
		changes: [
			[
				"<graphics type='vnc' port='-1' autoport='yes'/>",
				"<graphics type='vnc' autoport='yes' listen='127.0.0.1'><listen type='address' address='0.0.0.0'/></graphics>",
			],
		],
		isRefused: true,
	},
	{rule: 'vnc-port', of: machine, changes: [["port='-1' autoport='yes'/>", "port='80' autoport='no'/>"]], isRefused: true},
	{rule: 'screen-twice', of: machine, changes: [[more, "<graphics type='vnc' port='-1' autoport='yes'/>"]], isRefused: true},
	{
		rule: 'screen-port-twice',
		of: machine,
		changes: [
			[
				"<graphics type='vnc' port='-1' autoport='yes'/>",
				"<graphics type='vnc' port='5901' autoport='no'/><graphics type='spice' port='5901' autoport='no'/>",
			],
		],
		isRefused: true,
	},
	{rule: 'vnc-port', of: machine, changes: [["port='-1' autoport='yes'/>", "autoport='no'/>"]], isRefused: true},
	{
		rule: 'vnc-password-long',
		of: machine,
		changes: [["port='-1' autoport='yes'/>", "port='-1' autoport='yes' passwd='averylongpassword'/>"]],
		isRefused: true,
	},
	{rule: 'primary-video', of: machine, changes: [[more, "<video><model type='vga' primary='yes'/></video>"]], isRefused: true},
	{rule: 'primary-video', of: machine, changes: [[more, "<video><model type='vga'/></video>"]], isRefused: true},
	{rule: 'primary-video', of: machine, changes: [[more, "<video><model type='none'/></video>"]], isRefused: true},
	{rule: 'video-memory', of: machine, changes: [["<model type='virtio' heads='1' primary='yes'/>", "<model type='vga' vram='512'/>"]], isRefused: true},
	{
		rule: 'video-memory',
		of: machine,
		changes: [["<model type='virtio' heads='1' primary='yes'/>", "<model type='vga'><acceleration accel3d='yes'/></model>"]],
		isRefused: true,
	},
	{rule: 'vsock-address', of: machine, changes: [[more, "<vsock model='virtio'><cid auto='no'/></vsock>"]]},
	{
		rule: 'iommu-of-other-machine',
		of: machine,
		changes: [
			["machine='q35'", "machine='pc'"],
			[more, "<iommu model='intel'/>"],
		],
		isRefused: true,
	},
	{
		rule: 'tpm-version',
		of: machine,
		changes: [
			[more, "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm><tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>"],
		],
		isRefused: true,
	},
	{rule: 'tpm-version', of: machine, changes: [[more, "<tpm model='tpm-crb'><backend type='emulator' version='1.2'/></tpm>"]], isRefused: true},
	{rule: 'panic-twice', of: machine, changes: [[more, "<panic model='isa'/><panic model='isa'/>"]], isRefused: true},
	{
		rule: 'watchdog-model',
		of: machine,
		changes: [
			["machine='q35'", "machine='pc'"],
			[more, "<watchdog model='itco'/>"],
		],
		isRefused: true,
	},
	{rule: 'watchdog-model', of: machine, changes: [[more, "<watchdog model='diag288'/>"]], isRefused: true},
	{rule: 'input-bus', of: machine, changes: [[more, "<input type='tablet' bus='ps2'/>"]], isRefused: true},
	{rule: 'input-bus', of: machine, changes: [[more, "<input type='mouse' bus='xen'/>"]], isRefused: true},
	{rule: 'usb-disabled', of: machine, changes: [[more, "<controller type='usb' model='none'/><input type='tablet' bus='usb'/>"]], isRefused: true},
	{
		rule: 'usb-disabled',
		of: machine,
		changes: [
			[
				more,
				"<controller type='usb' model='none'/><disk type='file' device='disk'><source file='/var/lib/libvirt/images/b.img'/><target dev='sdc' bus='usb'/></disk>",
			],
		],
		isRefused: true,
	},
	{
		rule: 'usb-disabled',
		of: machine,
		changes: [[more, "<controller type='usb' index='0' model='none'/><controller type='usb' index='1' model='qemu-xhci'/>"]],
		isRefused: true,
	},
	{rule: 'usb-ports', of: machine, changes: [[more, "<controller type='usb' model='piix3-uhci' ports='20'/>"]], isRefused: true},
	{rule: 'usb-ports', of: machine, changes: [[more, "<controller type='usb' model='qemu-xhci' ports='20'/>"]], isRefused: true},
	{
		rule: 'queues-of-other-controller',
		of: machine,
		changes: [[more, "<controller type='scsi' model='lsilogic'><driver queues='4'/></controller>"]],
		isRefused: true,
	},
	{
		rule: 'root-of-other-machine',
		of: machine,
		changes: [
			["machine='q35'", "machine='pc'"],
			[more, "<controller type='pci' index='0' model='pcie-root'/>"],
		],
		isRefused: true,
	},
	{rule: 'root-of-other-machine', of: machine, changes: [[more, "<controller type='pci' index='0' model='pci-root'/>"]], isRefused: true},
	{rule: 'root-of-other-machine', of: machine, changes: [[more, "<controller type='pci' index='0' model='pcie-root-port'/>"]], isRefused: true},
	{
		rule: 'channel-twice',
		of: machine,
		changes: [
			[
				more,
				"<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
			],
		],
	},
	{rule: 'channel-of-agent', of: machine, changes: [[more, "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent'/></channel>"]]},
	{rule: 'second-serial-console', of: machine, changes: [[more, "<console type='pty'><target type='serial' port='1'/></console>"]], isRefused: true},
	{
		rule: 'console-is-serial-port',
		of: machine,
		changes: [["<console type='pty'>", "<console type='tcp'><source mode='bind' host='127.0.0.1' service='4555'/>"]],
	},
	{rule: 'port-twice', of: machine, changes: [[more, "<serial type='pty'><target port='0'/></serial>"]]},
	{rule: 'ports-too-many', of: machine, changes: [[more, "<serial type='pty'/><serial type='pty'/><serial type='pty'/><serial type='pty'/>"]]},
	{rule: 'serial-of-other-machine', of: machine, changes: [["type='isa-serial' port", "type='spapr-vio-serial' port"]], isRefused: true},
	{
		rule: 'character-source',
		of: machine,
		changes: [
			[
				more,
				"<serial type='unix'><source mode='bind' path='/tmp/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'/></serial>",
			],
		],
	},
	{rule: 'character-source', of: machine, changes: [[more, "<serial type='tcp'><source mode='bind' host='127.0.0.1'/></serial>"]], isRefused: true},
	{rule: 'feature-of-other-machine', of: machine, changes: [['<acpi/>', "<acpi/><gic version='3'/>"]], isRefused: true},
	{rule: 'retries-too-few', of: machine, changes: [['<acpi/>', "<acpi/><hyperv><spinlocks state='on' retries='100'/></hyperv>"]], isRefused: true},
	{rule: 'feature-of-other-machine', of: machine, changes: [['<acpi/>', "<acpi/><htm state='on'/>"]], isRefused: true},
	{rule: 'timer-of-other-machine', of: machine, changes: [["<timer name='rtc' tickpolicy='catchup'/>", "<timer name='platform'/>"]], isRefused: true},
	{
		rule: 'timer-of-other-machine',
		of: machine,
		changes: [["<timer name='rtc' tickpolicy='catchup'/>", "<timer name='pit' tickpolicy='merge'/>"]],
		isRefused: true,
	},
	{
		rule: 'timer-of-other-machine',
		of: machine,
		changes: [["<timer name='rtc' tickpolicy='catchup'/>", "<timer name='rtc' tickpolicy='discard'/>"]],
		isRefused: true,
	},
	{rule: 'timezone-missing', of: machine, changes: [["offset='utc'", "offset='timezone'"]], isRefused: true},
	{rule: 'smbios-without-sysinfo', of: machine, changes: [["<boot dev='hd'/>", "<boot dev='hd'/><smbios mode='sysinfo'/>"]], isRefused: true},
	{rule: 'sysinfo-not-shown', of: machine, changes: [['<os>', "<sysinfo type='smbios'><system><entry name='product'>x</entry></system></sysinfo><os>"]]},
	{
		rule: 'uuid-of-sysinfo',
		of: machine,
		changes: [
			['<os>', "<sysinfo type='smbios'><system><entry name='uuid'>00000000-0000-0000-0000-000000000001</entry></system></sysinfo><os>"],
			["<boot dev='hd'/>", "<boot dev='hd'/><smbios mode='sysinfo'/>"],
		],
		isRefused: true,
	},
	{
		rule: 'console-of-bios-missing',
		of: machine,
		changes: [
			["<boot dev='hd'/>", "<boot dev='hd'/><bios useserial='yes'/>"],
			["<serial type='pty'>\n      <target type='isa-serial' port='0'/>\n    </serial>", ''],
			["<console type='pty'>\n      <target type='serial' port='0'/>\n    </console>", ''],
		],
		isRefused: true,
	},
	{
		rule: 'boot-device-missing',
		of: machine,
		changes: [
			["<boot dev='hd'/>", "<boot dev='network'/>"],
			[
				"<interface type='network'>\n      <mac address='52:54:00:1c:2a:7e'/>\n      <source network='default'/>\n      <model type='virtio'/>\n    </interface>",
				'',
			],
		],
	},
	{rule: 'most-memory-less', of: machine, changes: [['<memory unit', "<maxMemory slots='4' unit='MiB'>100</maxMemory><memory unit"]], isRefused: true},
	{
		rule: 'memory-device-without-room',
		of: machine,
		changes: [[more, "<memory model='dimm'><target><size unit='MiB'>256</size><node>0</node></target></memory>"]],
		isRefused: true,
	},
	{rule: 'machine-limit-less', of: machine, changes: [['<os>', "<memtune><hard_limit unit='MiB'>100</hard_limit></memtune><os>"]]},
	{rule: 'locked-without-limit', of: machine, changes: [['<os>', '<memoryBacking><locked/></memoryBacking><os>']]},
	{
		rule: 'page-node-missing',
		of: machine,
		changes: [['<os>', "<memoryBacking><hugepages><page size='2' unit='MiB' nodeset='1'/></hugepages></memoryBacking><os>"]],
		isRefused: true,
	},
	{
		rule: 'share-needs-shared-memory',
		of: machine,
		changes: [[more, "<filesystem type='mount'><driver type='virtiofs'/><source dir='/srv'/><target dir='a'/></filesystem>"]],
		isRefused: true,
	},
	{
		rule: 'share-access-mode',
		of: machine,
		changes: [
			['<os>', "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking><os>"],
			[more, "<filesystem type='mount' accessmode='mapped'><driver type='virtiofs'/><source dir='/srv'/><target dir='a'/></filesystem>"],
		],
		isRefused: true,
	},
	{
		rule: 'share-tag-long',
		of: machine,
		changes: [[more, "<filesystem type='mount'><source dir='/srv'/><target dir='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'/></filesystem>"]],
	},
	{rule: 'share-type', of: machine, changes: [[more, "<filesystem type='ram'><source usage='1024'/><target dir='a'/></filesystem>"]], isRefused: true},
	{rule: 'share-type', of: machine, changes: [[more, "<filesystem type='bind'><source dir='/srv'/><target dir='a'/></filesystem>"]], isRefused: true},
	{
		rule: 'share-access-mode',
		of: machine,
		changes: [[more, "<filesystem type='mount' accessmode='passthrough' fmode='0600'><source dir='/srv'/><target dir='a'/></filesystem>"]],
		isRefused: true,
	},
	{
		rule: 'host-device-twice',
		of: machine,
		changes: [
			[
				more,
				"<hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/><product id='0x2'/></source></hostdev><hostdev mode='subsystem' type='usb'><source><vendor id='0x1'/><product id='0x2'/></source></hostdev>",
			],
		],
		isRefused: true,
	},
	{
		rule: 'usb-vendor-zero',
		of: machine,
		changes: [[more, "<hostdev mode='subsystem' type='usb'><source><vendor id='0x0000'/><product id='0x2'/></source></hostdev>"]],
		isRefused: true,
	},
	{rule: 'usb-disabled', of: machine, changes: [[more, "<controller type='usb' model='none'/><redirdev bus='usb' type='spicevmc'/>"]], isRefused: true},
	{
		rule: 'shared-memory-device',
		of: machine,
		changes: [[more, "<shmem name='ab'><model type='ivshmem-plain'/><size unit='M'>3</size></shmem>"]],
		isRefused: true,
	},
	{rule: 'sound-without-audio', of: machine, changes: [[more, "<sound model='ac97'><audio id='2'/></sound>"]], isRefused: true},
	{rule: 'sound-without-audio', of: machine, changes: [[more, "<audio id='1' type='none'/><audio id='1' type='none'/>"]], isRefused: true},
	{rule: 'entropy-of-file', of: machine, changes: [[more, "<rng model='virtio'><backend model='random'>/etc/passwd</backend></rng>"]]},
	{rule: 'statistics-of-no-balloon', of: machine, changes: [["<memballoon model='virtio'/>", "<memballoon model='none'><stats period='5'/></memballoon>"]]},
	{
		rule: 'argument-of-several-words',
		of: machine,
		changes: [
			["<domain type='qemu'>", "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"],
			['</devices>', "</devices><qemu:commandline><qemu:arg value='-s -S'/></qemu:commandline>"],
		],
	},
	{rule: 'emulator-of-other-arch', of: machine, changes: [['/usr/bin/qemu-system-x86_64', '/usr/bin/qemu-system-aarch64']], isRefused: true},
	{
		rule: 'iothread-twice',
		of: machine,
		changes: [['<os>', "<iothreads>1</iothreads><iothreadids><iothread id='1'/><iothread id='1'/></iothreadids><os>"]],
		isRefused: true,
	},
	{rule: 'node-missing', of: machine, changes: [['<os>', "<numatune><memnode cellid='1' mode='strict' nodeset='0'/></numatune><os>"]], isRefused: true},
	{
		rule: 'block-limit-twice',
		of: machine,
		changes: [
			[
				'<os>',
				'<blkiotune><device><path>/dev/sda</path><weight>500</weight></device><device><path>/dev/sda</path><weight>400</weight></device></blkiotune><os>',
			],
		],
		isRefused: true,
	},
	{rule: 'time-quota', of: machine, changes: [['<os>', '<cputune><quota>500</quota></cputune><os>']], isRefused: true},
	{
		rule: 'perf-event-twice',
		of: machine,
		changes: [['<os>', "<perf><event name='cmt' enabled='yes'/><event name='cmt' enabled='no'/></perf><os>"]],
		isRefused: true,
	},
	{
		rule: 'boot-order-twice',
		of: machine,
		changes: [
			["<target dev='vda' bus='virtio'/>", "<target dev='vda' bus='virtio'/><boot order='1'/>"],
			["<model type='virtio'/>", "<model type='virtio'/><boot order='1'/>"],
			["    <boot dev='hd'/>\n", ''],
		],
		isRefused: true,
	},
	{rule: 'disk-name-of-other-bus', of: machine, changes: [["dev='vda' bus='virtio'", "dev='sda' bus='virtio'"]]},
	{rule: 'disk-bus-missing', of: machine, changes: [["dev='vda' bus='virtio'", "dev='hda' bus='ide'"]], isRefused: true},
	{rule: 'environment-in-quotes', of: container, changes: [['</initarg>', "</initarg>\n    <initenv name='PATH'>'/usr/bin:/bin'</initenv>"]]},
	{rule: 'environment-with-name', of: container, changes: [['</initarg>', "</initarg>\n    <initenv name='PATH'>PATH=/usr/bin:/bin</initenv>"]]},
	{
		rule: 'network-shared-and-own',
		of: container,
		changes: [
			["<domain type='lxc'>", "<domain type='lxc' xmlns:lxc='http://libvirt.org/schemas/domain/lxc/1.0'>"],
			[more, "<interface type='network'><source network='default'/></interface>"],
			['</devices>', "</devices>\n  <lxc:namespace><lxc:sharenet type='pid' value='1'/></lxc:namespace>"],
		],
	},
	{rule: 'network-of-host', of: container, changes: [['    <privnet/>\n', '']]},
	{rule: 'source-of-other-interface', of: machine, changes: [["<source network='default'/>", "<source network='default' bridge='br0'/>"]]},
	{
		rule: 'interface-name-not-kept',
		of: container,
		changes: [[more, "<interface type='network'><source network='default'/><target dev='vnet7'/></interface>"]],
	},
	{
		rule: 'swap-limit-less',
		of: container,
		changes: [['<vcpu>', "<memtune><hard_limit unit='MiB'>256</hard_limit><swap_hard_limit unit='MiB'>128</swap_hard_limit></memtune>\n  <vcpu>"]],
	},
	{
		rule: 'topology-not-vcpus',
		of: machine,
		changes: [["<cpu mode='maximum'/>", "<cpu mode='maximum'><topology sockets='1' cores='1' threads='1'/></cpu>"]],
		isRefused: true,
	},
	{rule: 'processor-mode-with-model', of: machine, changes: [["<cpu mode='maximum'/>", "<cpu mode='maximum'><model>Skylake-Client</model></cpu>"]]},
	{rule: 'port-thrown-away', of: machine, changes: [["port='-1' autoport", "port='5907' autoport"]]},
	{rule: 'memory-too-small', of: container, changes: [["<memory unit='MiB'>128", '<memory>512']]},
	{
		rule: 'mount-hidden',
		of: container,
		changes: [
			[
				more,
				"<filesystem type='mount'><source dir='/srv'/><target dir='/mnt/a'/></filesystem><filesystem type='ram'><source usage='64' units='MiB'/><target dir='/mnt'/></filesystem>",
			],
		],
	},
	{rule: 'machine-limit-less', of: machine, changes: [['<os>', "<memtune><hard_limit unit='MiB'>100</hard_limit></memtune>\n  <os>"]]},
	{rule: 'init-with-arguments', of: container, changes: [['<init>/bin/sleep</init>\n    <initarg>300</initarg>', '<init>/bin/sleep 300</init>']]},
	{
		rule: 'label-model-twice',
		of: machine,
		changes: [['</devices>', "</devices><seclabel type='dynamic' model='dac' relabel='yes'/><seclabel type='dynamic' model='dac' relabel='yes'/>"]],
		isRefused: true,
	},
	{rule: 'screen-open-to-all', of: machine, changes: [["autoport='yes'/>", "autoport='yes' listen='0.0.0.0'/>"]]},
	{
		rule: 'arguments-of-qemu',
		of: machine,
		changes: [
			["<domain type='qemu'>", "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"],
			['</devices>', "</devices><qemu:commandline><qemu:arg value='-s'/></qemu:commandline>"],
		],
	},
];

/** Documents that are against no rule. */
export const rightSamples: readonly string[] = [machine, container];

/** The document of a sample. */
export function sampleText({of, changes}: RuleSample): string {
	return changes.reduce((text, [old, changed]) => {
		if (!text.includes(old)) throw new Error(`No ${old} in the document`);
		return text.replace(old, () => changed);
	}, of);
}
