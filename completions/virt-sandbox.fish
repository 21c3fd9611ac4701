# Made by scripts/make-completions.ts.

# Whether the cursor is before the command.
function __virt_sandbox_in_options
	set -l words (commandline -opc)[2..]
	while set -q words[1]
		switch $words[1]
			case --
				return 1
			case -n --name --backend --cwd -S --switchto -r --root --hostname --idmap --memory --swap --vcpus --cpu-shares --cpu-quota --io-weight --pids --timeout -s --security --seccomp --kernver --kernpath --kmodpath --accel --consoles --env-file --env -m --mount -i --include -I --includefile --disk -N --network -e --escape --exec --output -c --connect -k --keepalive-interval -K --keepalive-count
				set -e words[1]
			case '-*'
			case '*'
				return 1
		end
		set -e words[1]
	end
end

complete -c virt-sandbox -f -n 'not __virt_sandbox_in_options' -a '(__fish_complete_subcommand -n --name --backend --cwd -S --switchto -r --root --hostname --idmap --memory --swap --vcpus --cpu-shares --cpu-quota --io-weight --pids --timeout -s --security --seccomp --kernver --kernpath --kmodpath --accel --consoles --env-file --env -m --mount -i --include -I --includefile --disk -N --network -e --escape --exec --output -c --connect -k --keepalive-interval -K --keepalive-count)'
complete -c virt-sandbox -n __virt_sandbox_in_options -a '(__fish_complete_command)'
complete -c virt-sandbox -n __virt_sandbox_in_options -s n -l name -x -d 'name of the sandbox (default: a free sandbox-N)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l backend -x -a 'container machine xen' -d 'container, machine or xen (default: what the connection offers)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l cwd -x -a '(__fish_complete_directories)' -d 'directory of the command, in the sandbox (default: the caller'\''s, else HOME, else /)'
complete -c virt-sandbox -n __virt_sandbox_in_options -s p -l privileged -d 'run the command as root (default: as the user who calls)'
complete -c virt-sandbox -n __virt_sandbox_in_options -s S -l switchto -x -a '(__fish_complete_users)' -d 'run the command as USER, a name or UID[:GID]'
complete -c virt-sandbox -n __virt_sandbox_in_options -s r -l root -x -a '(__fish_complete_directories)' -d 'root directory of the sandbox, on the host (default: /)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l hostname -x -d 'host name in the sandbox (default: the domain'\''s name)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l idmap -x -d 'map its ids, root'\''s too, to ids of the host from START on (container) (default: the host'\''s own ids)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l memory -x -d 'memory: 512M, 1GiB; without a unit: bytes (default: 512M)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l swap -x -d 'swap on top of the memory; containers only (default: no limit)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l vcpus -x -d 'virtual CPUs (default: 1)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l cpu-shares -x -d 'weight among the users of the CPU (default: the kernel'\''s 1024)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l cpu-quota -x -d 'most time of one CPU (default: no limit)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l io-weight -x -d 'weight among the users of the disks (default: the kernel'\''s)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l pids -x -d 'most processes and threads, 0: no limit; containers only (default: 4096)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l timeout -x -d 'stop the command after that time; the status is 124'
complete -c virt-sandbox -n __virt_sandbox_in_options -s s -l security -x -a 'dynamic static,label= inherit none' -d 'security label: dynamic, static,label=…, inherit or none (default: dynamic where the host has labels)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l seccomp -x -a 'default off (__fish_complete_path)' -d 'filter of system calls: default, off, or a file in the OCI runtime'\''s form (default: default)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l kernver -x -d 'kernel version (default: the running one, else the newest that will do)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l kernpath -x -a '(__fish_complete_path)' -d 'kernel image (default: /boot/vmlinuz-VERSION)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l kmodpath -x -a '(__fish_complete_directories)' -d 'directory of kernel modules (default: /lib/modules)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l accel -x -a 'auto kvm tcg' -d 'kvm, tcg or auto (default: auto)'
complete -c virt-sandbox -n __virt_sandbox_in_options -l consoles -x -d 'spare consoles for --exec (default: 4)'
complete -c virt-sandbox -n __virt_sandbox_in_options -s l -l shell -d 'a root shell on a second console; virt-sandbox-shell console NAME shell joins it'
complete -c virt-sandbox -n __virt_sandbox_in_options -l keep -d 'print its name and return 0 once it runs, and leave it running'
complete -c virt-sandbox -n __virt_sandbox_in_options -l env-file -x -a '(__fish_complete_path)' -d 'read lines of --env from FILE'
complete -c virt-sandbox -n __virt_sandbox_in_options -l env -x -d 'set a variable for the command; NAME alone: to the caller'\''s value'
complete -c virt-sandbox -n __virt_sandbox_in_options -s m -l mount -x -a 'host-bind: host-image: guest-bind: ram: overlay: hide:' -d 'mount host-bind, host-image, guest-bind, ram or overlay (,ro: read-only), or hide:PATH'
complete -c virt-sandbox -n __virt_sandbox_in_options -s i -l include -x -a '(__fish_complete_path)' -d 'copy a file or directory of the host into a mount; a path alone is both'
complete -c virt-sandbox -n __virt_sandbox_in_options -s I -l includefile -x -a '(__fish_complete_path)' -d 'read lines of --include from FILE'
complete -c virt-sandbox -n __virt_sandbox_in_options -l disk -x -a 'file:' -d 'add a disk image, raw unless format= says otherwise, seen as /dev/disk/by-tag/TAG'
complete -c virt-sandbox -n __virt_sandbox_in_options -s N -l network -x -a 'dhcp user isolated source= address= mac= forward=' -d 'add a network: dhcp, source=NET, isolated, address=IP/PREFIX, user, forward=PORT:PORT, … (default: none)'
complete -c virt-sandbox -n __virt_sandbox_in_options -s e -l escape -x -d 'the key that leaves a terminal (default: ^])'
complete -c virt-sandbox -n __virt_sandbox_in_options -l accept -d 'answer yes to every question: labels that confine nothing, networks to be started'
complete -c virt-sandbox -n __virt_sandbox_in_options -l exec -x -a '(virt-sandbox-shell complete -- exec "" 2>/dev/null)' -d 'run the command in the running sandbox NAME, as the user that its own command runs as'
complete -c virt-sandbox -n __virt_sandbox_in_options -l clean -d 'remove what ended sandboxes left behind'
complete -c virt-sandbox -n __virt_sandbox_in_options -l dry-run -d 'check everything, print the domain XML, start nothing'
complete -c virt-sandbox -n __virt_sandbox_in_options -l print-xml -d 'print the domain XML on standard error, and run'
complete -c virt-sandbox -n __virt_sandbox_in_options -l output -x -a 'text json' -d 'text or json'
complete -c virt-sandbox -n __virt_sandbox_in_options -s q -l quiet -d 'no notices, only faults'
complete -c virt-sandbox -n __virt_sandbox_in_options -s v -l verbose -d 'all notices, and each phase with the time since the start'
complete -c virt-sandbox -n __virt_sandbox_in_options -s d -l debug -d 'each call to libvirt with its time, and causes of faults'
complete -c virt-sandbox -n __virt_sandbox_in_options -s t -l timing -d 'print how long each part took'
complete -c virt-sandbox -n __virt_sandbox_in_options -s V -l version -d 'print the version'
complete -c virt-sandbox -n __virt_sandbox_in_options -s h -l help -d 'print this help'
complete -c virt-sandbox -n __virt_sandbox_in_options -s c -l connect -x -a 'lxc:///system qemu:///system qemu:///session' -d 'libvirt connection: lxc:///system, qemu:///system, qemu:///session'
complete -c virt-sandbox -n __virt_sandbox_in_options -l readonly -d 'connect read-only, for --dry-run'
complete -c virt-sandbox -n __virt_sandbox_in_options -s k -l keepalive-interval -x -d 'time between keepalive messages; 0: none (default: 5 over ssh, else none)'
complete -c virt-sandbox -n __virt_sandbox_in_options -s K -l keepalive-count -x -d 'messages without an answer that end the connection (default: 5)'
