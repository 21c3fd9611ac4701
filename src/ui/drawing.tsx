import type {ReactNode} from 'react';
import {PassThrough} from 'node:stream';
import {render, useApp} from 'ink';

type SuspendTerminal = ReturnType<typeof useApp>['suspendTerminal'];

/** Ink, drawing to the terminal's alternate screen. */
export interface Drawing {
	/** Leaves the screen to somebody else; the answer takes it back and draws all of it again. */
	suspend(): Promise<(signal?: AbortSignal) => Promise<void>>;
	stop(): void;
	/** Settles when it has stopped; rejects with the error of a component. */
	readonly stopped: Promise<unknown>;
}

/** Frames a second at most. */
const fps = 30;

/** Ink reads no keys here: this is what it takes for the keyboard. */
function createStandIn(): NodeJS.ReadStream {
	return Object.assign(new PassThrough(), {isTTY: true, setRawMode() {}, ref() {}, unref() {}}) as object as NodeJS.ReadStream;
}

export function startDrawing(view: ReactNode, output: NodeJS.WriteStream): Drawing {
	const lease = Promise.withResolvers<SuspendTerminal>();
	function Lease() {
		lease.resolve(useApp().suspendTerminal);
		return null;
	}
	const instance = render(
		<>
			<Lease />
			{view}
		</>,
		{
			stdin: createStandIn(),
			stdout: output,
			exitOnCtrlC: false,
			interactive: true,
			alternateScreen: true,
			incrementalRendering: true,
			maxFps: fps,
			isScreenReaderEnabled: false,
		},
	);
	return {
		async suspend() {
			const suspension = await (await lease.promise)();
			return () => suspension.resume();
		},
		stop() {
			instance.unmount();
		},
		stopped: instance.waitUntilExit(),
	};
}
