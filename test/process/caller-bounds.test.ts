// What a command has of its caller's process, in each kind of sandbox.
import {getPriority} from 'node:os';
import {run, testEachWay} from '../helpers/program-ways.ts';
import {runProgram} from '../helpers/run-program.ts';

/** Runs a program with these limits, as `sh -c LIMITS PROGRAM WORDS…`. */
const limits = 'umask 027; ulimit -Sn 300; ulimit -Hn 3000; ulimit -f 100000; ulimit -Sc 7; exec nice -n 5 "$0" "$@"';
/** Of the tests' own process. */
const own = getPriority();
const look = 'umask; nice; ulimit -Sn; ulimit -Hn; ulimit -f; ulimit -Sc; cd /tmp; >made-$$; stat -c %a made-$$';

testEachWay("umask, nice value and limits of the caller are the command's", async (t, way) => {
	const [file, words] = await way.call(['sh', '-c', look]);
	const {stdout, stderr, status} = await runProgram('sh', ['-c', limits, file, ...words], way.settings());
	t.deepEqual([stdout, stderr, status], [`0027\n${Math.min(19, own + 5)}\n300\n3000\n100000\n7\n640\n`, '', 0]);
	// Each command has those of its own caller.
	t.is((await run(way, ['sh', '-c', 'umask; nice'])).stdout, `0022\n${own}\n`);
});
