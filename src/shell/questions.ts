interface QuestionsOptions {
	/** Puts a question; undefined: there is none any more. */
	readonly put: (text: string | undefined) => void;
	/** One is answered, and not yet taken away. */
	readonly onAnswer?: (text: string, yes: boolean) => void;
}

/** Questions for yes or no, put to the person one after the other: what runs beside the prompt may ask as well. */
export function createQuestions({put, onAnswer}: QuestionsOptions) {
	/** The first is put. */
	let waiting: ReadonlyArray<{readonly text: string; readonly settle: (yes: boolean) => void}> = [];
	let isClosed = false;

	/** Answers the one that is put; false: there is none. */
	function answer(yes: boolean): boolean {
		const [first, ...others] = waiting;
		if (first === undefined) {
			return false;
		}
		waiting = others;
		onAnswer?.(first.text, yes);
		put(others[0]?.text);
		first.settle(yes);
		return true;
	}

	return {
		async ask(text: string): Promise<boolean> {
			if (isClosed) {
				return false;
			}
			const answered = Promise.withResolvers<boolean>();
			waiting = [...waiting, {text, settle: answered.resolve}];
			if (waiting.length === 1) {
				put(text);
			}
			return answered.promise;
		},
		answer,
		/** Answers all with no, those to come too. */
		close(): void {
			isClosed = true;
			while (answer(false));
		},
	};
}
