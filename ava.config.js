export default {
	files: ['build/test/**/*.test.js'],
	timeout: '240s',
	workerThreads: false,
	concurrency: 2,
};
