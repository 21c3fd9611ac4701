import {listPids, readProcessWords, type RunningProcess} from '../../src/backend/host/processes.ts';

/** All processes that have words, whoever's they are. */
export function listAllProcesses(): RunningProcess[] {
	return listPids()
		.map((pid) => ({pid, words: readProcessWords(pid)}))
		.filter(({words}) => words.length > 0);
}
