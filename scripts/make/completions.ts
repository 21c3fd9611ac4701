import {mountTypes} from '../../src/spec/mount-options.ts';
import {type OptionRow, optionTable} from '../../src/cli/virt-sandbox-options.ts';

const rows: readonly OptionRow[] = optionTable;

/** What may stand after an option, in the words of each shell; undefined: that shell has none for it. */
const sources: Readonly<
	Record<'directory' | 'file' | 'kernel' | 'sandbox' | 'user' | 'variable', {readonly bash: string; readonly zsh?: string; readonly fish?: string}>
> = {
	directory: {bash: 'compgen -d', zsh: '_directories', fish: '(__fish_complete_directories)'},
	file: {bash: 'compgen -f', zsh: '_files', fish: '(__fish_complete_path)'},
	kernel: {bash: 'cd /lib/modules 2>/dev/null && compgen -d'},
	sandbox: {
		bash: 'virt-sandbox-shell complete -- exec "$cur" 2>/dev/null | cut -f 1',
		zsh: '{compadd -- ${(f)"$(virt-sandbox-shell complete -- exec "" 2>/dev/null | cut -f 1)"}}',
		fish: '(virt-sandbox-shell complete -- exec "" 2>/dev/null)',
	},
	user: {bash: 'compgen -u', zsh: '_users', fish: '(__fish_complete_users)'},
	variable: {bash: 'compgen -e'},
};

interface ValueKind {
	readonly words?: readonly string[];
	readonly source?: keyof typeof sources;
	/** Something more comes after such a word. */
	readonly isOpen?: true;
}

/** Values of the options that have no choices of their own. */
const valueKinds: Readonly<Record<string, ValueKind>> = {
	connect: {words: ['lxc:///system', 'qemu:///system', 'qemu:///session']},
	switchto: {source: 'user'},
	root: {source: 'directory'},
	cwd: {source: 'directory'},
	kmodpath: {source: 'directory'},
	env: {source: 'variable'},
	'env-file': {source: 'file'},
	include: {source: 'file'},
	includefile: {source: 'file'},
	kernpath: {source: 'file'},
	kernver: {source: 'kernel'},
	disk: {words: ['file:'], isOpen: true},
	mount: {words: mountTypes.map((type) => `${type}:`), isOpen: true},
	network: {words: ['dhcp', 'user', 'isolated', 'source=', 'address=', 'mac=', 'forward='], isOpen: true},
	security: {words: ['dynamic', 'static,label=', 'inherit', 'none'], isOpen: true},
	seccomp: {words: ['default', 'off'], source: 'file'},
	exec: {source: 'sandbox'},
};

function kindOf({long, choices}: OptionRow): ValueKind {
	return choices === undefined ? (valueKinds[long] ?? {}) : {words: choices};
}

const [begin, end] = ['# Made by scripts/make-completions.ts:', '# Up to here.'];

/** completions/virt-sandbox.bash, with what is made of the options in its place. */
export function bashCompletion(text: string): string {
	const parts = text.split(new RegExp(`(?<=\\t${begin}\n)[^]*?(?=\\t${end})`));
	const [head = '', middle = '', tail = ''] = parts;
	if (parts.length !== 3) throw new Error('The completion for bash has no place for what is made of the options');
	const valued = rows.filter(({value}) => value !== undefined);
	const names = [
		`local short_with_value=${valued.map(({short = ''}) => short).join('')}`,
		`local with_value=' ${valued.map(({long}) => `--${long}`).join(' ')} '`,
		`local options='${rows.map(({long}) => `--${long}`).join(' ')}'`,
	];
	const values = valued.flatMap((row) => {
		const offer = bashValue(kindOf(row));
		return offer === undefined ? [] : `${row.short === undefined ? '' : `-${row.short} | `}--${row.long}) ${offer} ;;`;
	});
	const lines = (each: readonly string[]): string => each.map((line) => `\t${line}\n`).join('');
	return `${head}${lines(names)}${middle}${lines(values)}${tail}`;
}

function bashValue({words, source, isOpen}: ValueKind): string | undefined {
	if (words === undefined && source === undefined) return undefined;
	const generators = [
		...(words === undefined ? [] : [`compgen -W '${words.join(' ')}' -- "$cur"`]),
		...(source === undefined ? [] : [bashSource(sources[source].bash)]),
	];
	const offer = `mapfile -t COMPREPLY < <(${generators.join('; ')})`;
	return isOpen === true ? `${offer} && compopt -o nospace 2>/dev/null` : offer;
}

function bashSource(command: string): string {
	return command.endsWith('cut -f 1') ? command : `${command} -- "$cur"`;
}

/** completions/_virt-sandbox, for zsh. */
export function zshCompletion(): string {
	const lines = rows.map((row) => {
		const {long, short, value, repeat, help} = row;
		const names = short === undefined ? `--${long}` : `-${short} --${long}`;
		const guard = repeat === true ? '*' : short === undefined ? '' : `(${names})`;
		const spelled =
			short === undefined
				? `--${long}${value === undefined ? '' : '='}`
				: `{-${short}${value === undefined ? '' : '+'},--${long}${value === undefined ? '' : '='}}`;
		const rest = `[${help.replaceAll(/[[\]:]/g, '\\$&')}]${value === undefined ? '' : `:${value.replaceAll(':', '\\:')}:${zshValue(row)}`}`;
		return short === undefined ? `\t${quote(`${guard}${spelled}${rest}`)}` : `\t${guard === '' ? '' : quote(guard)}${spelled}${quote(rest)}`;
	});
	return [
		'#compdef virt-sandbox',
		'# Made by scripts/make-completions.ts.',
		'',
		"_arguments -s -S '*::command:_normal' \\",
		`${lines.join(' \\\n')}`,
		'',
	].join('\n');
}

function zshValue(row: OptionRow): string {
	const {words, source} = kindOf(row);
	const action = source === undefined ? undefined : sources[source].zsh;
	if (words === undefined) return action ?? ' ';
	return action === undefined ? `(${words.map((word) => word.replaceAll(':', '\\:')).join(' ')})` : `{compadd ${words.join(' ')}; ${action}}`;
}

/** completions/virt-sandbox.fish. */
export function fishCompletion(): string {
	const lines = rows.map((row) => {
		const {long, short, value, help} = row;
		const {words = [], source} = kindOf(row);
		const candidates = [...words, (source === undefined ? undefined : sources[source].fish) ?? []].flat().join(' ');
		const parts = [
			'complete -c virt-sandbox -n __virt_sandbox_in_options',
			short === undefined ? '' : `-s ${short}`,
			`-l ${long}`,
			value === undefined ? '' : '-x',
			candidates === '' ? '' : `-a ${quote(candidates)}`,
			`-d ${quote(help)}`,
		];
		return parts.filter((part) => part !== '').join(' ');
	});
	const withValue = rows
		.filter(({value}) => value !== undefined)
		.flatMap(({long, short}) => (short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`]));
	return `# Made by scripts/make-completions.ts.

# Whether the cursor is before the command.
function __virt_sandbox_in_options
	set -l words (commandline -opc)[2..]
	while set -q words[1]
		switch $words[1]
			case --
				return 1
			case ${withValue.join(' ')}
				set -e words[1]
			case '-*'
			case '*'
				return 1
		end
		set -e words[1]
	end
end

complete -c virt-sandbox -f -n 'not __virt_sandbox_in_options' -a '(__fish_complete_subcommand ${withValue.join(' ')})'
complete -c virt-sandbox -n __virt_sandbox_in_options -a '(__fish_complete_command)'
${lines.join('\n')}
`;
}

function quote(text: string): string {
	return `'${text.replaceAll("'", "'\\''")}'`;
}
