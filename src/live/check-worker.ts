// A thread of its own checks documents: one that was made to be slow keeps nobody waiting who has given it up.
import {parentPort} from 'node:worker_threads';
import {createCheckHere, type Question} from './check-here.ts';

const checkHere = createCheckHere();

parentPort?.on('message', (question: Question) => {
	void checkHere(question).then((answer) => parentPort?.postMessage(answer));
});
