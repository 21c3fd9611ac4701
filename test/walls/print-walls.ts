// `make walls`. Without words: the table of docs/security.md, the columns of other programs by running them here. With words, names of
// ways and ids of probes: runs those and prints what each found, a line a cell.
import {allProbes, expectationOf} from './all-probes.ts';
import {openOtherTools} from './other-tools.ts';
import {openOwnWays} from './own-ways.ts';
import {ownWays, tools, type Findings, type OwnWay, type Probe, type Way} from './probe.ts';
import {drawTable} from './draw-table.ts';

const asked = process.argv.slice(2);
const ways: readonly Way[] = [...ownWays, ...tools].filter((way) => asked.includes(way));
const ids = asked.filter((word) => !ways.some((way) => way === word));
const probes = allProbes.filter(({id}) => ids.length === 0 || ids.includes(id));
const own = openOwnWays();
const others = openOtherTools();

function isOwn(way: Way): way is OwnWay {
	return ownWays.some((each) => each === way);
}

/** What a way says to a probe; undefined: it is not asked. */
async function tryProbe(way: Way, probe: Probe): Promise<Findings | undefined> {
	if (isOwn(way)) {
		const expected = expectationOf(probe, way);
		return expected !== 'held' && 'notApplicable' in expected ? undefined : own.run(way, probe);
	}
	return probe.onlyOurs === undefined ? others.found.find(({name}) => name === way)?.run(probe) : undefined;
}

async function printCells(): Promise<void> {
	own.begin(ways.filter((way) => isOwn(way)));
	for (const way of ways) {
		for (const probe of probes) {
			const found = await tryProbe(way, probe).catch((error: unknown) => [`broken: ${String(error)}`]);
			if (found !== undefined) process.stdout.write(`${way}\t${probe.id}\t${found.length === 0 ? 'held' : `open: ${found.join('; ')}`}\n`);
		}
	}
}

async function printTable(): Promise<void> {
	const results = new Map<string, Findings>();
	for (const {name} of others.found) {
		for (const probe of probes) {
			const found = await tryProbe(name, probe).catch((error: unknown) => {
				process.stderr.write(`${name} could not be asked for ${probe.id}: ${String(error)}\n`);
				return undefined;
			});
			if (found !== undefined) results.set(`${name} ${probe.id}`, found);
		}
	}
	const columns = others.found.map(({name, title}) => ({title, resultOf: (probe: Probe) => results.get(`${name} ${probe.id}`)}));
	process.stdout.write(drawTable(columns));
}

try {
	await (ways.length === 0 ? printTable() : printCells());
} finally {
	await own.end();
	others.end();
}
