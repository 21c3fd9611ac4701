export default {
	files: ['build/test/**/*.test.js'],
	timeout: '120s',
	workerThreads: false,
	concurrency: 2,
};
