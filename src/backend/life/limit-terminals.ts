import type {ChildProcess} from 'node:child_process';
import {readFileSync} from 'node:fs';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import {tellTerminals, terminalsProgram} from '../guest/program/terminals-program.ts';
import {readMountTable} from '../host/mount-table.ts';
import type {Controller} from './controller.ts';
import {runOnce} from './run-once.ts';

const place = '/dev/pts';

/** Limits the terminals of a container that is not there yet. */
export interface TerminalLimit {
	/** Of one whose init still waits. Undefined: its controller is not ours to see. */
	set(controller: Controller | undefined): void;
	/** It is not wanted any more; idempotent. */
	drop(): void;
}

/**
 * Lets a container have few pseudo-terminals: the kernel has one count for all (kernel.pty.max), and without it no further container
 * starts. libvirt mounts them without a limit. Where the kernel is older than 5.2, or the container is not ours to see, there is none.
 * It takes a process of its own, which is begun at `path` while libvirt makes the container.
 */
export function prepareTerminalLimit(path: string, architecture: ProgramArchitecture): TerminalLimit {
	const child = begin(path, architecture);
	const drop = (): void => void child?.stdin?.destroy();
	return {
		set(controller) {
			const told = controller?.initPid === undefined ? undefined : describe(controller.initPid);
			if (told === undefined) drop();
			else child?.stdin?.end(told);
		},
		drop,
	};
}

function begin(path: string, architecture: ProgramArchitecture): ChildProcess | undefined {
	// Nobody else has a controller to see.
	if (process.getuid?.() !== 0) return undefined;
	try {
		const child = runOnce(path, terminalsProgram(architecture), 'told');
		for (const each of [child, child.stdin]) each?.on('error', () => undefined);
		return child;
	} catch {
		// Where it cannot be written or executed there is no limit.
		return undefined;
	}
}

/** Undefined: the init has gone, which is told elsewhere, or has other terminals than libvirt gives. */
function describe(init: number): Buffer | undefined {
	try {
		// Of many lines one says it.
		const lines = readFileSync(`/proc/${init}/mountinfo`, 'latin1').split('\n');
		const [mount] = readMountTable(lines.find((line) => line.includes(` ${place} `)) ?? '');
		return mount?.fileSystem === 'devpts' ? tellTerminals(`/proc/${init}/root${place}`, mount.options) : undefined;
	} catch {
		return undefined;
	}
}
