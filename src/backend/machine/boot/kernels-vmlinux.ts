import {createHash} from 'node:crypto';
import {statSync} from 'node:fs';
import {join} from 'node:path';
import {isOwnFile} from '../../host/files/own-directory.ts';
import {readRegularFile} from '../../host/files/read-regular-file.ts';
import {compactElf} from './compact-elf.ts';
import {decompress} from './decompress.ts';
import {hasNote, readSegments} from './elf-file.ts';

const setupSectorsAt = 0x1f1;
const magicAt = 0x202;
const payloadOffsetAt = 0x248;
const payloadLengthAt = 0x24c;
/** Raised when what earlier versions of this program have left is not to be used: QEMU's user once had it. */
const cacheVersion = 2;
/** XEN_ELFNOTE_PHYS32_ENTRY: where a kernel is entered without its own loader ("PVH"). */
const entryNote = 18;

/**
 * The kernel itself out of a bzImage of x86, where QEMU can boot it directly, which spares the guest the unpacking, and no larger than
 * it has to be, since each machine gets a copy; undefined where it cannot, or where the image is packed in a way that is not known here.
 * Whoever made the image may be hostile: what is taken out is never more than what it unpacks to.
 */
async function extractVmlinux(image: Buffer, signal: AbortSignal | undefined): Promise<Buffer | undefined> {
	if (image.length < 0x250 || image.toString('latin1', magicAt, magicAt + 4) !== 'HdrS') return undefined;
	const sectors = image[setupSectorsAt] ?? 0;
	const from = ((sectors === 0 ? 4 : sectors) + 1) * 512 + image.readUInt32LE(payloadOffsetAt);
	// The kernel's build adds its unpacked size behind the payload.
	const payload = image.subarray(from, from + image.readUInt32LE(payloadLengthAt));
	for (const packed of [payload.subarray(0, -4), payload]) {
		try {
			const kernel = await decompress(packed, signal);
			const segments = kernel === packed ? undefined : readSegments(kernel);
			return segments !== undefined && hasNote(segments, 'Xen', entryNote) ? compactElf(kernel, segments) : undefined;
		} catch {
			signal?.throwIfAborted();
			// The other way, or none.
		}
	}
	return undefined;
}

/** The quickest form of a kernel that QEMU boots, from the cache or put into it by `write`: what was taken out of the image, else the image itself. */
export async function findBootKernel(
	image: string,
	cacheDirectory: string,
	{write, signal}: {readonly write: (path: string, data: Uint8Array) => void; readonly signal: AbortSignal | undefined},
): Promise<string> {
	if (process.arch !== 'x64') return image;
	const {size, mtimeMs, ino} = statSync(image);
	const key = createHash('sha256')
		.update(JSON.stringify([cacheVersion, image, size, mtimeMs, ino]))
		.digest('hex')
		.slice(0, 24);
	const path = join(cacheDirectory, `vmlinux-${key}`);
	const refused = `${path}.none`;
	if (isOwnFile(path)) return path;
	if (isOwnFile(refused)) return image;
	const kernel = await extractVmlinux(readRegularFile(image), signal);
	write(kernel === undefined ? refused : path, kernel ?? Buffer.alloc(0));
	return kernel === undefined ? image : path;
}
