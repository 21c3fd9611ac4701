import {connect} from 'node:net';

/** Whether a program accepts connections on this UNIX socket. Never rejects; an aborted signal gives false. */
export function acceptsConnections(path: string, signal?: AbortSignal): Promise<boolean> {
	return new Promise((resolve) => {
		if (signal?.aborted === true) {
			resolve(false);
			return;
		}
		const socket = connect({path});
		const finish = (answer: boolean) => {
			signal?.removeEventListener('abort', onAbort);
			socket.destroy();
			resolve(answer);
		};
		const onAbort = () => finish(false);
		signal?.addEventListener('abort', onAbort);
		socket.on('connect', () => finish(true));
		socket.on('error', () => finish(false));
	});
}
