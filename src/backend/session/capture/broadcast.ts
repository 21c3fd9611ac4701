import type {TerminalSize} from '../../types.ts';

/** What who joins sees of what came before, in bytes: usually, and at most. */
const replayBytes = 4096;
const keptBytes = 128 * 1024;
/** Chunks that are kept as one. */
const smallBytes = 4096;

/** Who has joined a console. */
interface Listener {
	/** `answered`: of so many of its first bytes the questions to a terminal were answered, by whoever had joined then. */
	onData(data: Uint8Array, answered?: number): void;
	onEnd(): void;
	/** Its terminal, which is somebody else's, has another size now. */
	onSize(size: TerminalSize): void;
}

/** What a console says, for all who have joined it. */
export interface Broadcast {
	/** Calls back with the last of what came before, and then with all that comes; gives what ends that. */
	join(listener: Listener, recentBytes?: number): () => void;
	/** Whether anybody has joined. */
	readonly isJoined: boolean;
}

interface Broadcaster extends Broadcast {
	send(chunk: Buffer): void;
	sendSize(size: TerminalSize): void;
	end(): void;
}

export function createBroadcaster(): Broadcaster {
	const listeners = new Set<Listener>();
	let isOver = false;
	let total = 0;
	/** How much had been said when somebody was there last. */
	let heard = 0;
	const recent = createRecent();
	return {
		send(chunk) {
			recent.add(chunk);
			total += chunk.length;
			if (listeners.size > 0) heard = total;
			for (const listener of listeners) listener.onData(chunk);
		},
		sendSize(size) {
			for (const listener of listeners) listener.onSize(size);
		},
		end() {
			isOver = true;
			for (const listener of listeners) listener.onEnd();
		},
		join(listener, recentBytes = replayBytes) {
			const before = recent.last(recentBytes);
			if (before.length > 0) listener.onData(before, Math.max(0, before.length - (total - heard)));
			heard = total;
			listeners.add(listener);
			if (isOver) listener.onEnd();
			return () => void listeners.delete(listener);
		},
		get isJoined() {
			return listeners.size > 0;
		},
	};
}

/** The last bytes of a stream, kept as they came: joining them is for who asks. */
function createRecent(): {add(chunk: Buffer): void; last(bytes: number): Buffer} {
	const chunks: Buffer[] = [];
	let size = 0;
	return {
		add(chunk) {
			const own = Buffer.from(chunk.subarray(-keptBytes));
			const last = chunks.at(-1);
			// A guest that writes byte by byte shall not cost a buffer each.
			if (last !== undefined && last.length + own.length <= smallBytes) {
				chunks[chunks.length - 1] = Buffer.concat([last, own]);
			} else {
				chunks.push(own);
			}
			size += own.length;
			while (size - (chunks[0]?.length ?? 0) >= keptBytes) {
				size -= chunks.shift()?.length ?? 0;
			}
		},
		last: (bytes) => (bytes <= 0 ? Buffer.alloc(0) : Buffer.concat(chunks).subarray(-Math.min(bytes, keptBytes))),
	};
}
