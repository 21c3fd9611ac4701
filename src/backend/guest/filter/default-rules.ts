import {answers, errors, type Answer, type Clause, type Condition} from './rules.ts';

/** System calls that share a fate, and why. The names are those of any ABI. */
export interface CallGroup {
	readonly reason: string;
	readonly calls: string;
}

/** What programs use, and what reaches no further than the sandbox. */
export const allowed: readonly CallGroup[] = [
	{
		reason: 'reading and writing of open files',
		calls: `read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek _llseek sendfile sendfile64 splice tee vmsplice
			copy_file_range readahead fadvise64 fadvise64_64 cachestat fsync fdatasync sync syncfs sync_file_range flock`,
	},
	{
		reason: 'opening and closing of files',
		calls: 'open openat openat2 creat close close_range dup dup2 dup3 pipe pipe2 name_to_handle_at memfd_create memfd_secret',
	},
	{
		reason: 'names of files',
		calls: `mkdir mkdirat rmdir mknod mknodat link linkat symlink symlinkat unlink unlinkat rename renameat renameat2 readlink readlinkat
			readdir getdents getdents64 getcwd chdir fchdir umask`,
	},
	{
		reason: 'what files are',
		calls: `stat lstat fstat oldstat oldlstat oldfstat stat64 lstat64 fstat64 fstatat64 newfstatat statx statfs fstatfs statfs64 fstatfs64
			access faccessat faccessat2 chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat chown32 fchown32 lchown32
			truncate ftruncate truncate64 ftruncate64 fallocate utime utimes futimesat utimensat utimensat_time64
			getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr llistxattr flistxattr listxattrat
			removexattr lremovexattr fremovexattr removexattrat file_getattr file_setattr`,
	},
	{
		reason: 'waiting for files',
		calls: `select _newselect pselect6 pselect6_time64 poll ppoll ppoll_time64 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
			epoll_pwait2 eventfd eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime timerfd_settime64 timerfd_gettime64
			inotify_init inotify_init1 inotify_add_watch inotify_rm_watch`,
	},
	{
		reason: "a process's own memory",
		calls: `brk mmap mmap2 munmap mremap mprotect msync mincore madvise process_madvise process_mrelease mlock mlock2 munlock mlockall
			munlockall remap_file_pages mbind get_mempolicy set_mempolicy set_mempolicy_home_node pkey_mprotect pkey_alloc pkey_free
			map_shadow_stack mseal membarrier`,
	},
	{
		reason: 'processes and threads',
		calls: `fork vfork execve execveat exit exit_group wait4 waitid waitpid getpid getppid gettid getpgid setpgid getpgrp getsid setsid
			set_tid_address set_robust_list get_robust_list rseq futex futex_time64 futex_waitv futex_wake futex_wait futex_requeue
			set_thread_area get_thread_area arch_prctl prctl pidfd_open uprobe uretprobe`,
	},
	{
		reason: 'debuggers look into their own children, and into processes of the sandbox with the same rights',
		calls: 'ptrace process_vm_readv process_vm_writev kcmp',
	},
	{
		reason: 'signals',
		calls: `kill tkill tgkill pidfd_send_signal signal sigaction sigprocmask sigpending sigsuspend sigreturn sgetmask ssetmask
			rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigreturn rt_sigqueueinfo rt_tgsigqueueinfo rt_sigtimedwait
			rt_sigtimedwait_time64 sigaltstack pause alarm restart_syscall`,
	},
	{
		reason: 'time',
		calls: `time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep clock_nanosleep_time64 nanosleep
			times getitimer setitimer timer_create timer_settime timer_settime64 timer_gettime timer_gettime64 timer_getoverrun timer_delete
			adjtimex clock_adjtime clock_adjtime64`,
	},
	{
		reason: 'who one is; the kernel lets nobody become more than its capabilities say',
		calls: `getuid geteuid getgid getegid getresuid getresgid getgroups setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid
			setgroups getuid32 geteuid32 getgid32 getegid32 getresuid32 getresgid32 getgroups32 setuid32 setgid32 setreuid32 setregid32
			setresuid32 setresgid32 setfsuid32 setfsgid32 setgroups32 capget capset`,
	},
	{
		reason: 'confining oneself further',
		calls: 'seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self lsm_get_self_attr lsm_set_self_attr lsm_list_modules',
	},
	{
		reason: 'scheduling and limits of one’s own',
		calls: `sched_yield sched_setparam sched_getparam sched_setscheduler sched_getscheduler sched_setattr sched_getattr
			sched_setaffinity sched_getaffinity sched_get_priority_max sched_get_priority_min sched_rr_get_interval
			sched_rr_get_interval_time64 getpriority setpriority nice ioprio_get ioprio_set getcpu getrlimit ugetrlimit setrlimit
			getrusage`,
	},
	{
		reason: 'sockets that are made',
		calls: `bind connect listen accept accept4 getsockname getpeername getsockopt sendto sendmsg sendmmsg recvfrom recvmsg
			recvmmsg recvmmsg_time64 shutdown`,
	},
	{
		reason: 'queues, semaphores and memory of the sandbox’s own namespace',
		calls: `ipc msgget msgsnd msgrcv msgctl semget semop semtimedop semtimedop_time64 semctl shmget shmat shmdt shmctl mq_open mq_unlink
			mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64 mq_notify mq_getsetattr`,
	},
	{reason: 'what the system is', calls: 'uname olduname oldolduname sysinfo getrandom'},
];

/** What is refused, so that a program says so as of any right that it lacks (EPERM). */
export const refused: readonly CallGroup[] = [
	{
		reason: 'mounts are what keeps the host’s files apart',
		calls: 'mount umount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr',
	},
	{reason: 'namespaces of others', calls: 'setns'},
	{reason: 'a file’s handle opens it past every mount', calls: 'open_by_handle_at'},
	{reason: 'keys belong to a user id, whatever the sandbox', calls: 'add_key request_key keyctl'},
	{reason: 'the kernel’s own code', calls: 'init_module finit_module delete_module kexec_load kexec_file_load bpf'},
	{reason: 'what the kernel does for all: measuring, faults, watching', calls: 'perf_event_open userfaultfd fanotify_init fanotify_mark lookup_dcookie'},
	{
		reason: 'the whole machine',
		calls: 'reboot swapon swapoff acct syslog sethostname setdomainname settimeofday stime clock_settime clock_settime64 vhangup',
	},
	{reason: 'file systems as such, whatever is mounted of them', calls: 'quotactl quotactl_fd ustat sysfs'},
	{reason: 'old ways of the processor, and its ports', calls: 'modify_ldt vm86 vm86old iopl ioperm'},
	{reason: 'pages of other processes', calls: 'migrate_pages move_pages'},
	{reason: 'open files of other processes: a socket tells of who is at its other end, beyond the sandbox too', calls: 'pidfd_getfd'},
];

/** What the kernel is said not to have (ENOSYS), as with all that is not named at all: programs then take the way that they had before. */
export const absent: readonly CallGroup[] = [
	{reason: 'its flags lie behind a pointer, where no filter looks: glibc takes clone', calls: 'clone3'},
	{reason: 'makes other calls that no filter sees', calls: 'io_uring_setup io_uring_enter io_uring_register'},
	{
		reason: 'the host has one count of them for all its processes (fs.aio-max-nr), which one sandbox could use up: programs then write as ever',
		calls: 'io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64',
	},
	{reason: 'sockets by a pointer that no filter can look behind', calls: 'socketcall'},
	{reason: 'mounts and namespaces by their numbers; /proc tells one’s own', calls: 'statmount listmount listns'},
	{
		reason: 'no kernel has them any more, or ever had',
		calls: `uselib _sysctl nfsservctl bdflush create_module get_kernel_syms query_module getpmsg putpmsg afs_syscall tuxcall security vserver
			epoll_ctl_old epoll_wait_old break stty gtty ftime prof profil lock mpx ulimit idle`,
	},
];

/** Calls that depend on their arguments. */
export interface JudgedCalls extends CallGroup {
	readonly clauses: readonly Clause[];
	/** Where no clause holds. */
	readonly otherwise: Answer;
}

const {allow} = answers;
const notPermitted = answers.fail(errors.notPermitted);
const newUserNamespace = 0x1000_0000;
const personalities = {
	linux: 0,
	linux32: 0x8,
	uname26: 0x2_0000,
	uname26For32: 0x2_0008,
	noRandomAddresses: 0x4_0000,
	noRandomAddressesFor32: 0x4_0008,
	ask: 0xffff_ffff,
};
const families = {unix: 1, internet: 2, netlink: 16, packet: 17};
/** The family of IPv6 is that of IPv4 with this bit. */
const internet6Bit = 0x8;
const rawType = 3;
const internetProtocols = {any: 0, icmp: 1, tcp: 6, udp: 17, icmp6: 58, mptcp: 262};
const routes = 0;
const typeIntoTerminal = 0x5412;
const typeIntoConsole = 0x541c;
const setLineDiscipline = 0x5423;
/** Of bridges (four) and of VLANs, by any socket. */
const asksForModule = [0x8940, 0x8941, 0x89a0, 0x89a1, 0x8982, 0x8983];
/** FS_IOC_ADD_ENCRYPTION_KEY, and two to remove one: for who asks, for all. */
const encryptionKeys = [0xc050_6617, 0xc040_6618, 0xc040_6619];
const setLease = 1024;
/** F_SETDELEG, of Linux 6.19: a lease by another name. */
const setDelegation = 1040;
const socketLevel = 1;
/** SO_ATTACH_FILTER and SO_ATTACH_REUSEPORT_CBPF. */
const socketFilters = [26, 51];
const takeTerminalAlone = 0x540c;
const flowOfTerminal = 0x540a;
const stopOutput = 0;
/** All requests of these two file systems have a letter of their own (it is the kernel's 0x94 and 0xbc); those that clone parts of files are everybody's. */
const ofBtrfs = 0x9400;
const ofBcachefs = 0xbc00;
const cloneRequests = [0x4004_9409, 0x4020_940d, 0xc018_9436];
const isInternet: Condition = {index: 0, comparison: 'MASKED_EQ', mask: BigInt(0xffff_ffff - internet6Bit), value: BigInt(families.internet)};

/** Those whose arguments say whether they are harmless. */
export const judged: readonly JudgedCalls[] = [
	{
		reason: 'a user namespace gives its maker all capabilities in it',
		calls: 'clone unshare',
		clauses: [{when: [{index: 0, comparison: 'MASKED_EQ', mask: BigInt(newUserNamespace), value: 0n}], answer: allow}],
		otherwise: notPermitted,
	},
	{
		reason: 'what 32-bit and old programs ask for, and gdb; the rest weakens what is run',
		calls: 'personality',
		clauses: Object.values(personalities).map((value) => ({when: [is(0, value)], answer: allow})),
		otherwise: notPermitted,
	},
	{
		reason: `other families know no network namespace (virtual machines), or are code that few have looked at; so are other protocols, for
			which the kernel loads a module, or which tell of the host's devices`,
		calls: 'socket socketpair',
		clauses: [
			...[families.unix, families.packet].map((family) => ({when: [is(0, family)], answer: allow})),
			// A raw socket is none of a protocol. Types from 4 on are those of other protocols.
			{when: [isInternet, isType(rawType, 0xf)], answer: allow},
			...Object.values(internetProtocols).map((protocol) => ({when: [isInternet, isType(0, 0xc), is(2, protocol)], answer: allow})),
			{when: [is(0, families.netlink), is(2, routes)], answer: allow},
			...[isInternet, is(0, families.netlink)].map((family) => ({when: [family], answer: answers.fail(errors.protocolNotSupported)})),
		],
		otherwise: answers.fail(errors.familyNotSupported),
	},
	{
		reason: `a loop device can be told to outlive its sandbox; letters typed into a terminal are read by whoever has it next, who cannot have
			one that was taken alone or stopped; the kernel loads a module for the line discipline of a terminal, and when it is asked for bridges
			and VLANs; keys of encrypted directories are the file system's, also where that is mounted read-only; a snapshot of btrfs or bcachefs
			shows what a mount hides`,
		calls: 'ioctl',
		clauses: [
			{when: [{index: 1, comparison: 'MASKED_EQ', mask: 0xffff_fff0n, value: 0x4c00n}], answer: notPermitted},
			...[typeIntoTerminal, typeIntoConsole, takeTerminalAlone, setLineDiscipline, ...asksForModule, ...encryptionKeys].map((request) => ({
				when: [is(1, request)],
				answer: notPermitted,
			})),
			{when: [is(1, flowOfTerminal), is(2, stopOutput)], answer: notPermitted},
			...cloneRequests.map((request) => ({when: [is(1, request)], answer: allow})),
			...[ofBtrfs, ofBcachefs].map((letter) => ({
				when: [{index: 1, comparison: 'MASKED_EQ' as const, mask: 0xff00n, value: BigInt(letter)}],
				answer: notPermitted,
			})),
		],
		otherwise: allow,
	},
	{
		reason: 'the host has one budget for compiled filters (net.core.bpf_jit_limit), which those of sockets would use up: no start would get its own',
		calls: 'setsockopt',
		clauses: socketFilters.map((option) => ({when: [is(1, socketLevel), is(2, option)], answer: notPermitted})),
		otherwise: allow,
	},
	{
		reason: 'limits of another process: root in a sandbox would set those of the init, which later commands inherit',
		calls: 'prlimit64',
		clauses: [is(0, 0), {index: 2, comparison: 'EQ' as const, value: 0n}].map((own) => ({when: [own], answer: allow})),
		otherwise: notPermitted,
	},
	{
		reason: 'a lease on a file that may only be read keeps the host from writing to it',
		calls: 'fcntl fcntl64',
		clauses: [setLease, setDelegation].map((command) => ({when: [is(1, command)], answer: notPermitted})),
		otherwise: allow,
	},
];

/** Of an argument of which the kernel looks at 32 bits. */
function is(index: number, value: number): Condition {
	return {index, comparison: 'MASKED_EQ', mask: 0xffff_ffffn, value: BigInt(value)};
}

/** Of the type of a socket, beside which are flags. */
function isType(value: number, mask: number): Condition {
	return {index: 1, comparison: 'MASKED_EQ', mask: BigInt(mask), value: BigInt(value)};
}
