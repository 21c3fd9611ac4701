import {wordToBytes} from '../../../core/bytes.ts';

/** Owner and time of a file. Left out: root, and 1970. */
export interface FileFacts {
	readonly uid?: number;
	readonly gid?: number;
	/** When it was changed, in seconds. */
	readonly time?: number;
}

/** One entry of an archive. Paths are relative, without a leading slash; their directories come before them. */
export type CpioEntry =
	| ({readonly kind: 'file'; readonly path: string; readonly mode: number; readonly data: Uint8Array} & FileFacts)
	| ({readonly kind: 'directory'; readonly path: string; readonly mode: number} & FileFacts)
	| {readonly kind: 'fifo'; readonly path: string; readonly mode: number}
	| {readonly kind: 'symlink'; readonly path: string; readonly to: string}
	| {readonly kind: 'device'; readonly path: string; readonly mode: number; readonly major: number; readonly minor: number};

/** Of a header. Left out: 0, and one link. */
type HeaderFields = Partial<Record<'inode' | 'mode' | 'uid' | 'gid' | 'time' | 'links' | 'major' | 'minor', number | undefined>>;

const typeBits = {file: 0o100000, directory: 0o040000, symlink: 0o120000, device: 0o020000, fifo: 0o010000} as const;

/**
 * An archive in cpio's "newc" form, as the kernel unpacks it, padded to 512 bytes so that another may follow it. The same entries give
 * the same bytes.
 */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
	const parts: Uint8Array[] = [];
	let length = 0;
	const add = (part: Uint8Array): void => {
		parts.push(part);
		length += part.length;
	};
	const pad = (to: number): void => {
		const missing = (to - (length % to)) % to;
		if (missing > 0) add(Buffer.alloc(missing));
	};
	const addEntry = (path: string, data: Uint8Array, fields: HeaderFields): void => {
		const {inode = 0, mode = 0, uid = 0, gid = 0, time = 0, links = 1, major = 0, minor = 0} = fields;
		const name = Buffer.from(`${path}\0`);
		const [onMajor, onMinor, checksum] = [0, 0, 0];
		const header = [inode, mode, uid, gid, links, time, data.length, onMajor, onMinor, major, minor, name.length, checksum];
		add(Buffer.from(`070701${header.map((field) => field.toString(16).padStart(8, '0')).join('')}`, 'latin1'));
		add(name);
		pad(4);
		add(data);
		pad(4);
	};
	for (const [index, entry] of entries.entries()) {
		const data = entry.kind === 'file' ? entry.data : entry.kind === 'symlink' ? wordToBytes(entry.to) : Buffer.alloc(0);
		const mode = typeBits[entry.kind] | (entry.kind === 'symlink' ? 0o777 : entry.mode);
		const {uid, gid, time} = entry.kind === 'file' || entry.kind === 'directory' ? entry : {};
		const {major, minor} = entry.kind === 'device' ? entry : {};
		addEntry(entry.path, data, {inode: index + 1, mode, uid, gid, time, links: entry.kind === 'directory' ? 2 : 1, major, minor});
	}
	addEntry('TRAILER!!!', Buffer.alloc(0), {});
	pad(512);
	return Buffer.concat(parts, length);
}
