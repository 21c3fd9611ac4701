import {ConsolePort} from './machine-streams.ts';
import {awaitConnected, listenForRenewals, type RenewedPort} from './renewed-port.ts';

/** So much of what was typed the guest takes, whatever its command reads, and drops the rest at that's end; of more, some may wait in QEMU for the next one. */
const mostTyped = 64 * 1024;

/** The consoles that a machine has for commands of exec, one session after another. */
interface SpareConsoles {
	/** By the connection of its last session, but where that was destroyed, or something for that may be on its way still. */
	open(number: number): Promise<ConsolePort>;
	close(): void;
}

interface SpareOptions {
	readonly path: (number: number) => string;
	/** Gives the machine a console, for whose connection we listen by then. */
	readonly attach: (number: number) => Promise<void>;
}

/** Consoles that are made when a command first needs one: ports that are there from the start make every boot longer. */
export function makeSpareConsoles({path, attach}: SpareOptions): SpareConsoles {
	const ports = new Map<number, Promise<RenewedPort>>();
	const opened = new Map<number, ConsolePort>();
	const add = async (number: number): Promise<RenewedPort> => {
		let port: RenewedPort | undefined;
		try {
			port = await listenForRenewals(path(number));
			await attach(number);
			return port;
		} catch (error) {
			port?.close();
			ports.delete(number);
			throw error;
		}
	};
	return {
		async open(number) {
			const last = opened.get(number);
			if (last?.destroyed === false && last.written <= mostTyped) return last;
			last?.destroy();
			const adding = ports.get(number) ?? add(number);
			ports.set(number, adding);
			const port = await adding;
			await awaitConnected([port], last !== undefined);
			const console = new ConsolePort(port.current());
			opened.set(number, console);
			return console;
		},
		close() {
			for (const adding of ports.values()) {
				adding.then(
					(port) => port.close(),
					() => undefined,
				);
			}
		},
	};
}
