import type {Hypervisor} from '../hypervisor.ts';

/** Each part is loaded when it is needed. */
export const container: Hypervisor = {
	plan: async (...start) => (await import('./plan-start.ts')).planStart(...start),
	start: async (...start) => (await import('./start-container.ts')).startContainer(...start),
	async startCaptured(spec, uri, options) {
		const [{beginContainer}, {endContainer}, {captureStarted}] = await Promise.all([
			import('./start-container.ts'),
			import('./end-container.ts'),
			import('../start/start-captured.ts'),
		]);
		const container = await beginContainer(spec, uri, {...options, sinks: undefined});
		if (spec.lifetime === 'keep') {
			const {writeBasis} = await import('../keep/basis.ts');
			writeBasis(container, options.voice);
		}
		return captureStarted(container, endContainer, options);
	},
	async takeOver(statePath, options) {
		const [{takeOverContainer}, {endContainer}, {captureStarted}] = await Promise.all([
			import('../keep/take-over.ts'),
			import('./end-container.ts'),
			import('../start/start-captured.ts'),
		]);
		const {container, begunMs} = await takeOverContainer(statePath, options);
		return captureStarted(container, endContainer, {...options, begunMs});
	},
};
