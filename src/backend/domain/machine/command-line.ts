/** Serial console of the machine types that we use. */
const serialConsoles: Readonly<Record<string, string>> = {x86_64: 'ttyS0', aarch64: 'ttyAMA0'};

/** What makes a boot shorter under emulation, measured; nothing of it weakens the guest. */
const quickBoot = [
	// Self-tests of ciphers, half a second.
	'cryptomgr.notests',
	'random.trust_cpu=on',
];
const quickBootX86 = ['tsc=reliable', 'no_timer_check', 'noreplace-smp', '8250.nr_uarts=1', 'initcall_blacklist=jent_mod_init,trace_eval_init'];

/** The kernel's command line: quiet, but a panic gets to the boot log and ends the guest at once. */
export function kernelCommandLine(arch: string, options: {readonly isVerbose?: boolean | undefined} = {}): string {
	const serial = serialConsoles[arch] ?? 'ttyS0';
	const talk = options.isVerbose === true ? ['loglevel=7'] : ['quiet', 'loglevel=4'];
	return [`console=${serial}`, ...talk, 'panic=-1', 'rdinit=/init', ...quickBoot, ...(arch === 'x86_64' ? quickBootX86 : [])].join(' ');
}
