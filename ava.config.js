export default {
	files: ['build/test/**/*.test.js'],
	nodeArguments: [`--import=${new URL('scripts/text-files.mjs', import.meta.url).href}`],
	timeout: '240s',
	workerThreads: false,
	concurrency: 2,
};
