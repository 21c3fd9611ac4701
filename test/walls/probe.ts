// A wall is one sentence of what must not be possible; a probe tries it.

/** How the program is called: each is a column of the table in docs/security.md. */
export const ownWays = ['container', 'idmap', 'root', 'machine', 'session'] as const;
export type OwnWay = (typeof ownWays)[number];

/** Other programs that are called by their own command lines. */
export const tools = ['bubblewrap', 'firejail', 'podman'] as const;
export type Tool = (typeof tools)[number];

export type Way = OwnWay | Tool;

/** `documented`: the wall does not hold, docs/security.md says so, and the probe shows it. */
export type Expectation = 'held' | {readonly documented: string} | {readonly notApplicable: string};

export interface Probe {
	readonly id: string;
	/** What must not be possible. */
	readonly wall: string;
	/**
	 * Runs in the sandbox, by sh, with what is surely there: busybox, perl without modules. It prints `open: WHAT` for each hole, and at
	 * its end `held`. In $MINE it has a directory of the host of its own that it may write to.
	 */
	readonly script: string;
	/** As whom it runs; by default as root. */
	readonly user?: 'nobody';
	/** What is expected of each way, where that is not `held`. */
	readonly ways?: Readonly<Partial<Record<OwnWay, Exclude<Expectation, 'held'>>>>;
	/** Why other programs are not asked. */
	readonly onlyOurs?: string;
	/** It ends its sandbox, or is about the start: in a machine it needs one of its own. */
	readonly alone?: true;
	/** It is about the process that starts a command: it is one of its own. */
	readonly single?: true;
	/** Whether the sandbox has this terminal of the host. */
	readonly terminal?: true;
	/** What it needs of the host. */
	set?(scene: Scene): Setting | Promise<Setting>;
}

export interface Scene {
	readonly way: Way;
	/** On the host: what the sandbox has at $MINE. */
	readonly directory: string;
	/** The same in the sandbox. */
	readonly mine: string;
	/** A directory of the host that nobody gave to the sandbox, which is removed afterwards. */
	readonly aside: string;
	/** A directory of the host with a `file`, over which every sandbox of ours has a memory of its own. */
	readonly hidden: string;
	/** Where this caller's sandboxes have their state. */
	readonly runtime: string;
	/** A word that is nowhere else. */
	readonly marker: string;
	/** Gives an entry to whoever calls. */
	own(path: string): void;
}

export interface Setting {
	/** Variables of the script. */
	readonly variables?: Readonly<Record<string, string>>;
	/** Further options of virt-sandbox. */
	readonly options?: readonly string[];
	/** The command, instead of the script. */
	readonly command?: readonly string[];
	/** What the caller has in the environment. */
	readonly environment?: Readonly<Record<string, string>>;
	/** It gets SIGTERM after that time, and SIGKILL three seconds later. */
	readonly limitMs?: number;
	/** Looks at the host once the script has printed `ready`; the script reads a line, which comes afterwards. */
	during?(host: HostView | undefined): Findings | Promise<Findings>;
	/** Looks at the host afterwards. */
	look?(run: Run): Findings | Promise<Findings>;
	/** Judges the run by other things than what the script printed. */
	judge?(run: Run): Findings;
	end?(): void | Promise<void>;
}

/** What somebody did who should not have been able to; nothing: the wall held. */
export type Findings = readonly string[];

/** Where libvirt keeps what it knows of a sandbox of ours. */
export interface HostView {
	/** Its document. */
	readonly document: string;
	/** Patterns of its logs. */
	readonly logs: readonly string[];
}

export interface Run {
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
	/** The signal that the runner had to send, if any. */
	readonly stoppedBy: 'TERM' | 'KILL' | undefined;
}

/** What a script found; throws when it did not come to its end. */
export function findingsOf({status, stdout, stderr, stoppedBy}: Run): Findings {
	const lines = stdout.split('\n').filter((line) => line !== '');
	const open = lines.flatMap((line) => (line.startsWith('open: ') ? [line.slice('open: '.length)] : []));
	if (open.length > 0 || lines.at(-1) === 'held') return [...new Set(open)];
	throw new Error(`The probe did not come to its end: status ${status}${stoppedBy === undefined ? '' : `, SIG${stoppedBy}`}\n${stdout}${stderr}`);
}
