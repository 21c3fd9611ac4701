/** What makes a boot shorter, measured; nothing of it weakens the guest. */
const quickBoot = [
	// Self-tests of ciphers, half a second.
	'cryptomgr.notests',
	'random.trust_cpu=on',
	'tsc=reliable',
	'no_timer_check',
	'noreplace-smp',
	'8250.nr_uarts=1',
];

/** Steps of the kernel's start that a guest without keyboard, which nobody traces, can do without. */
const skipped = ['jent_mod_init', 'trace_eval_init', 'ftrace_check_for_weak_functions', 'i8042_init'];

interface BootOptions {
	/** The kernel tells all that it does. */
	readonly isVerbose?: boolean | undefined;
	/** One emulated CPU: its interrupts come from the PC's old timer (PIT), which spares the tenth of a second that measures the CPU's own. */
	readonly isSingleEmulated?: boolean | undefined;
}

/** The kernel's command line: quiet, but a panic gets to the boot log and ends the guest at once. */
export function kernelCommandLine({isVerbose = false, isSingleEmulated = false}: BootOptions = {}): string {
	const talk = isVerbose ? ['loglevel=7'] : ['quiet', 'loglevel=4'];
	const timer = isSingleEmulated ? ['nolapic_timer'] : [];
	return ['console=ttyS0', ...talk, 'panic=-1', 'rdinit=/init', ...quickBoot, ...timer, `initcall_blacklist=${skipped.join()}`].join(' ');
}
