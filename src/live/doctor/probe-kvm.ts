import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {ownTemporary} from '../own-temporary.ts';

/** How long a guest of six instructions may take, in milliseconds. */
const probeMs = 5000;
const firmwareBytes = 64 * 1024;
/** `mov al, 0x10; mov dx, 0xf4; out dx, al; hlt` where the CPU begins: QEMU's debug-exit device ends it with 0x10 × 2 + 1. */
const firstInstructions = [0xb0, 0x10, 0xba, 0xf4, 0x00, 0xee, 0xf4];
const provenStatus = 33;

/** Runs six instructions in a machine under KVM: /dev/kvm is there on hosts where no guest gets to its first one. Undefined: it works; else why not. */
export async function probeKvm(qemu: string, signal: AbortSignal): Promise<string | undefined> {
	const directory = await mkdtemp(join(ownTemporary(), 'virt-sandbox-kvm-'));
	try {
		const firmware = Buffer.alloc(firmwareBytes, 0xf4);
		firmware.set(firstInstructions, firmwareBytes - 16);
		const file = join(directory, 'firmware');
		await writeFile(file, firmware, {mode: 0o600});
		const words = [
			'-machine',
			'pc,accel=kvm',
			'-cpu',
			'host',
			'-m',
			'16',
			'-display',
			'none',
			'-nodefaults',
			'-no-user-config',
			'-bios',
			file,
			'-device',
			'isa-debug-exit,iobase=0xf4,iosize=4',
		];
		const {code, killed, output} = await new Promise<{code: unknown; killed: boolean; output: string}>((resolve) => {
			execFile(qemu, words, {signal, timeout: probeMs, killSignal: 'SIGKILL'}, (error, _stdout, stderr) =>
				resolve({code: error === null ? 0 : error.code, killed: error?.killed === true, output: stderr}),
			);
		});
		if (code === provenStatus) {
			return undefined;
		}
		const said = output
			.split('\n')
			.find((line) => line.trim() !== '')
			?.replace(/^.*qemu-system-[^:]*: /, '');
		return said ?? (killed ? `a guest of six instructions did not end within ${probeMs / 1000} s` : `QEMU ended with ${String(code)}`);
	} finally {
		await rm(directory, {recursive: true, force: true});
	}
}
