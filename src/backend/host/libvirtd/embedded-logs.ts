/** How large all logs of its domains may become, which are in memory; and one of them, before it begins anew. In bytes. */
export const logBytes = {all: 16 << 20, one: 1 << 20} as const;
/** How long the log of a domain that has ended is kept, in seconds. */
const keptSeconds = 3600;

/** Perl, for the parent of libvirtd: a guest has QEMU say as much as it likes. `trim_logs` is called now and then; `$directory` is given. */
export const trimLogs = `
	sub trim_logs {
		for my $driver ("lxc", "qemu") {
			opendir my $logs, "/var/log/libvirt/$driver" or next;
			for my $name (map { /^(.+)\\.log$/s ? $1 : () } readdir $logs) {
				my $log = "/var/log/libvirt/$driver/$name.log";
				my ($size, $changed) = (lstat $log)[7, 9] or next;
				if (time - $changed > ${keptSeconds} && !-e "$directory/run/$driver/$name.xml") { unlink $log }
				elsif ($size > ${logBytes.one}) { truncate $log, 0 }
			}
		}
	}
`;
