// Mounts at random, and what a sandbox with them has to show: a model of a few lines beside all that makes it so.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {innermost, isWithin, pathDepth} from '../../src/spec/paths.ts';

const sources = ['one', 'two', 'three'];
const directories = ['', '/a', '/b', '/a/a', '/a/b', '/b/a'];
const files = ['file', 'secret'];
/** Places that are the guest's own, beside those that it has as the host has them. */
const ofGuest = ['/tmp/x', '/tmp/y', '/views'];

type Kind = 'host-bind' | 'host-bind,ro' | 'ram' | 'hide' | 'overlay';

interface RandomMount {
	readonly kind: Kind;
	readonly target: string;
	readonly source: string;
}

/** What a sandbox is given. */
export interface RandomMounts {
	readonly mounts: readonly RandomMount[];
	readonly includes: ReadonlyArray<{readonly guest: string; readonly host: string}>;
}

/** What is to be seen at a path; `content` undefined: no file. */
export interface Seen {
	readonly content: string | undefined;
	readonly isWritable: boolean;
}

/** Fills a directory of the host with what is mounted: each file holds its own path. */
export function makeSources(base: string): void {
	for (const source of sources) {
		for (const directory of directories) {
			mkdirSync(join(base, source, directory), {recursive: true});
			for (const file of files) writeFileSync(join(base, source, directory, file), `${source}${directory}/${file}\n`);
		}
	}
}

export function chooseMounts(base: string, random: () => number, {hasOverlays}: {readonly hasOverlays: boolean}): RandomMounts {
	const choose = <Choice>(choices: readonly Choice[]): Choice => choices[Math.floor(random() * choices.length)] as Choice;
	const ofHost = sources.map((source) => `${base}/${source}`);
	const sourceOf = (): string => choose(ofHost) + choose(directories);
	const kinds: readonly Kind[] = [
		'host-bind',
		'host-bind',
		'host-bind,ro',
		'host-bind,ro',
		'ram',
		'hide',
		'hide',
		...(hasOverlays ? (['overlay', 'overlay'] as const) : []),
	];
	const any = Array.from({length: 2 + Math.floor(random() * 5)}, (): RandomMount => {
		const kind = choose(kinds);
		const target = choose([...ofHost, ...ofGuest]) + choose(directories);
		return {kind, target: kind === 'hide' && random() < 0.6 ? `${target}/secret` : target, source: sourceOf()};
	});
	// What is mounted below a place that nothing has made would be refused.
	const bases = ofGuest.filter((place) => any.some(({target}) => target !== place && isWithin(target, place)));
	const all = [...bases.map((target): RandomMount => ({kind: choose(['host-bind', 'host-bind,ro', 'ram']), target, source: choose(ofHost)})), ...any];
	const mounts = all.filter(({target}, index) => all.findIndex((each) => each.target === target) === index);
	const includes = Array.from({length: Math.floor(random() * 3)}, (_, index) => ({guest: `/tmp/in${index}`, host: sourceOf()}));
	return {mounts, includes};
}

export function formatMounts({mounts}: RandomMounts): string[] {
	return mounts.map(({kind, target, source}) => {
		const [type, option = ''] = kind.split(',');
		const given = {hide: '', ram: '=1M', other: `=${source}${option && `,${option}`}`};
		return `${type}:${target}${kind === 'hide' || kind === 'ram' ? given[kind] : given.other}`;
	});
}

/** All files that may be seen, and what is to be seen of each. */
export function expectFiles(base: string, given: RandomMounts): Map<string, Seen> {
	const mounts = visibleMounts(given.mounts);
	const places = [...mounts.map(({target}) => target), ...sources.map((source) => `${base}/${source}`), ...ofGuest];
	const paths = places.flatMap((place) =>
		place.endsWith('/secret') ? [place] : directories.flatMap((directory) => files.map((file) => `${place}${directory}/${file}`)),
	);
	const seen = [...new Set(paths)].map((path) => [path, seeFile(base, mounts, path)] as const);
	const included = given.includes.flatMap(({guest, host}) =>
		directories.flatMap((directory) =>
			files.map((file) => [`${guest}${directory}/${file}`, {content: readFile(`${host}${directory}/${file}`), isWritable: true}] as const),
		),
	);
	return new Map([...seen, ...included]);
}

/** Those that nothing hides: a deeper one is mounted later, and a hide last. */
function visibleMounts(mounts: readonly RandomMount[]): RandomMount[] {
	const turn = ({kind, target}: RandomMount): number => (kind === 'hide' ? 1000 : pathDepth(target));
	return mounts
		.toSorted((one, other) => turn(one) - turn(other))
		.reduce<RandomMount[]>((visible, mount) => [...visible.filter(({target}) => !isWithin(target, mount.target)), mount], []);
}

function seeFile(base: string, mounts: readonly RandomMount[], path: string): Seen {
	const around = innermost(mounts, path, ({target}) => target);
	// The host's own, read-only.
	if (around === undefined) return {content: isWithin(path, base) ? readFile(path) : undefined, isWritable: false};
	const {kind, target, source} = around;
	if (kind === 'ram') return {content: undefined, isWritable: false};
	if (kind === 'hide') return {content: path === target ? '' : undefined, isWritable: false};
	return {content: readFile(source + path.slice(target.length)), isWritable: kind !== 'host-bind,ro'};
}

function readFile(path: string): string | undefined {
	try {
		return readFileSync(path, 'utf8').trimEnd();
	} catch {
		return undefined;
	}
}

/** A command that tells of each file what is to be seen there, as `readFiles` reads it. */
export function lookScript(paths: readonly string[]): string {
	const look = 'content=; read -r content <$path; right=fixed; [ -w $path ] && (: >>$path) && right=free; echo "$path $right $content"';
	return `for path in ${paths.join(' ')}; do [ -f $path ] && { ${look}; }; done 2>/dev/null; true`;
}

export function readFiles(output: string): Map<string, Seen> {
	const lines = output.split('\n').filter((line) => line !== '');
	return new Map(
		lines.map((line) => {
			const [path = '', right, content = ''] = line.split(' ');
			return [path, {content, isWritable: right === 'free'}];
		}),
	);
}
