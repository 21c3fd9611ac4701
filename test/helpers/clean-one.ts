import {findLeftovers, removeLeftover} from '../../src/backend/clean-up/leftovers.ts';
import {openConnection} from '../../src/backend/libvirt/index.ts';

/** Puts away what one sandbox has left, as `--clean` does it with all there are, other tests' too. */
export async function cleanOne(id: string, uri: string): Promise<void> {
	const connection = await openConnection(uri);
	try {
		for (const leftover of findLeftovers('/run/virt-sandbox')) if (leftover.id === id) await removeLeftover(leftover, connection);
	} finally {
		await connection.close();
	}
}
