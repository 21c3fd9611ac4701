import {ShellError} from '../../core/errors.ts';
import {identityInPlace} from '../host/files/in-place.ts';
import {isOpenedAt, listOpened, type OpenedFile} from '../host/files/opened-files.ts';
import {unseen} from './qemu-user.ts';

/** What a QEMU is told to open. */
interface Expected {
	/** Directories, without links. */
	readonly shares: readonly string[];
	readonly images: ReadonlyArray<{
		/** Without links. */
		readonly source: string;
		/** Which file was looked at, as `identityOf` says. */
		readonly identity: string;
	}>;
}

const shareHint = 'Try again; if it happens again, mount directories that nobody else writes to';
const imageHint = 'Try again; if it happens again, keep images in directories that nobody else writes to';

/**
 * Refuses a machine whose QEMU, which is this process, shares something else by 9p, or has other images, than it was told to: it opens
 * them by path, and whoever writes to a directory on the way may have put a link there meanwhile. What it has opened is to lie at that
 * place by QEMU's own mounts, with which what is mounted in a directory comes, and be what lies there by ours, or the image that was
 * looked at; of a place that is named twice there are to be two. Gives what it has open besides.
 */
export function checkOpened({shares, images}: Expected, qemu: number): OpenedFile[] {
	const opened = listFiles(qemu);
	const take = (place: string, identity: string | undefined, hint: string): void => {
		const index = opened.findIndex((each) => isOpenedAt(each, place, identity));
		if (index < 0) throw new ShellError('refused', `The way to ${place} changed while the machine started`, {hint});
		opened.splice(index, 1);
	};
	for (const place of shares) take(place, identityInPlace(place), shareHint);
	for (const {source, identity} of images) take(source, identity, imageHint);
	return opened;
}

function listFiles(pid: number): OpenedFile[] {
	try {
		return listOpened(pid).filter(({name}) => name.startsWith('/'));
	} catch (cause) {
		throw unseen(cause);
	}
}
