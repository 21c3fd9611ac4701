/** A fault of the program itself, and where the report of it is: what fits no ShellError becomes one. */
export class Bug extends Error {
	readonly hint: string;

	constructor(error: unknown, report: string | undefined) {
		super(error instanceof Error ? error.message : String(error), {cause: error});
		this.hint =
			report === undefined
				? 'This is a fault of the program itself, and no report of it could be written.'
				: `This is a fault of the program itself. The report ${report} helps to mend it.`;
	}
}
