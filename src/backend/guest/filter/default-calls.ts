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
			munlockall remap_file_pages get_mempolicy set_mempolicy pkey_mprotect pkey_alloc pkey_free
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
		calls: `bind connect listen accept accept4 getsockname getpeername sendto sendmsg sendmmsg recvfrom recvmsg
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
	{
		reason: 'a policy for each page takes memory of the kernel’s that it charges to nobody; one for each thread is there',
		calls: 'mbind set_mempolicy_home_node',
	},
	{reason: 'sockets by a pointer that no filter can look behind', calls: 'socketcall'},
	{reason: 'mounts and namespaces by their numbers; /proc tells one’s own', calls: 'statmount listmount listns'},
	{
		reason: 'no kernel has them any more, or ever had',
		calls: `uselib _sysctl nfsservctl bdflush create_module get_kernel_syms query_module getpmsg putpmsg afs_syscall tuxcall security vserver
			epoll_ctl_old epoll_wait_old break stty gtty ftime prof profil lock mpx ulimit idle`,
	},
];
