import type {Hypervisor} from '../hypervisor.ts';

/** Each part is loaded when it is needed. */
export const machine: Hypervisor = {
	async plan(spec, uri, options) {
		const {planStart} = await import('./plan-start.ts');
		return planStart(spec, uri, options);
	},
	async start(spec, uri, options) {
		const {startMachine} = await import('./start-machine.ts');
		return startMachine(spec, uri, options);
	},
	async startCaptured(spec, uri, options) {
		const [{beginMachine}, {endMachine}, {captureStarted}] = await Promise.all([
			import('./start-machine.ts'),
			import('./end-machine.ts'),
			import('../start/start-captured.ts'),
		]);
		const machine = await beginMachine(spec, uri, {...options, sinks: undefined});
		return captureStarted(machine, endMachine, options);
	},
};
